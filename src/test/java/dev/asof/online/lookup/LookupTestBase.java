package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.asof.online.redis.RedisInService;
import dev.asof.online.redis.RedisOnlineStore;
import dev.asof.online.row.FakeRegistry;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.support.TestStores;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Lookups in a real Redis at a time of the test's choosing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LookupTestBase {

    static final Instant NOW = Instant.parse("2026-11-21T07:48:00.123456Z");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    final FakeRegistry registry = new FakeRegistry();
    RedisCommands<String, String> redis;
    RedisOnlineStore store;
    Lookups lookups;
    private RedisClient client;
    private RedisInService inService;
    private long sequence;

    @BeforeAll
    void connect() {
        var uri = RedisURI.create(TestStores.newRedisUri());
        client = RedisClient.create(uri);
        redis = client.connect().sync();
        inService = new RedisInService(uri).mark();
        store = inService.store;
        lookups = new Lookups(
                registry,
                (addresses, _) -> new OnlineRows.Read(inService.read(addresses), false),
                new LookupMetrics(new SimpleMeterRegistry()),
                Clock.fixed(NOW, ZoneOffset.UTC),
                RedisInService.PROPERTIES);
    }

    @AfterAll
    void disconnect() {
        inService.close();
        client.shutdown();
    }

    void empty() {
        redis.flushdb();
        inService.mark();
    }

    void write(RegisteredView view, List<Object> keys, Instant event, @Nullable Object... values) {
        write(view, FeatureRow.of(keys.toArray(), event, ++sequence, values));
    }

    void write(RegisteredView view, FeatureRow row) {
        store.write(view, List.of(store.pack(view, row)));
    }

    void delete(RegisteredView view, List<Object> keys, Instant event) {
        write(
                view,
                FeatureRow.tombstone(
                        keys.toArray(), event, ++sequence, view.features().size()));
    }

    /** Single quotes stand for double ones. */
    JsonNode answer(String body) {
        return answer(body, false);
    }

    JsonNode answer(String body, boolean int64AsText) {
        return JSON.readTree(lookups.answer(request(body, int64AsText)).toJson().toBytes());
    }

    AsofException failure(String body) {
        var failure = catchThrowableOfType(AsofException.class, () -> answer(body));
        assertThat(failure).describedAs(body).isNotNull();
        return failure;
    }

    /** Compares JSON whatever its spacing. */
    static void assertJson(JsonNode actual, String expected) {
        assertThat(actual).isEqualTo(JSON.readTree(expected.replace('\'', '"')));
    }

    static String micros(Instant instant) {
        return Timestamps.format(instant);
    }

    private static LookupRequest request(String body, boolean int64AsText) {
        return LookupRequestReader.read(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), int64AsText);
    }
}
