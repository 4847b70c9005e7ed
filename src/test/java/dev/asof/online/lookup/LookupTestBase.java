package dev.asof.online.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.asof.online.LookupAnswer;
import dev.asof.online.redis.RedisInService;
import dev.asof.online.redis.RedisOnlineStore;
import dev.asof.online.row.FakeRegistry;
import dev.asof.online.row.JsonBytes;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.JsonValues;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.support.TestStores;
import dev.asof.transform.window.AggregateResult;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Lookups in a real Redis at a time of the test's choosing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LookupTestBase {

    static final Instant NOW = Instant.parse("2026-11-21T07:48:00.123456Z");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    final FakeRegistry registry = new FakeRegistry();
    RedisCommands<String, String> redis;
    RedisOnlineStore store;
    PackedLookups lookups;
    private RedisClient client;
    private RedisInService inService;
    final HeavyWork heavy = new HeavyWork(
            2,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            new BackgroundLoops(new SimpleMeterRegistry(), _ -> false));
    private long sequence;

    @BeforeAll
    void connect() {
        var uri = RedisURI.create(TestStores.newRedisUri());
        client = RedisClient.create(uri);
        redis = client.connect().sync();
        inService = new RedisInService(uri).mark();
        store = inService.store;
        lookups = lookups(heavy);
    }

    /** @param heavy where they compute what takes many steps, however long that takes */
    PackedLookups lookups(HeavyWork heavy) {
        return new PackedLookups(
                registry,
                (addresses, _) -> new OnlineRows.Read(inService.read(addresses), false),
                new OnDemandFeatures(heavy, Duration.ofMinutes(1)),
                new LookupMetrics(new SimpleMeterRegistry()),
                Clock.fixed(NOW, ZoneOffset.UTC),
                RedisInService.PROPERTIES);
    }

    @AfterAll
    void disconnect() {
        inService.close();
        heavy.close();
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
        var asked = request(body, int64AsText);
        var answer = lookups.look(asked.request());
        assertSame(answer, AnswerJson.write(answer, new AnswerForm(true, true, int64AsText)), int64AsText);
        return tree(AnswerJson.write(answer, asked.form()));
    }

    /** Whoever reads values sees what JSON says of every answer. */
    private static void assertSame(LookupAnswer answer, JsonBytes written, boolean int64AsText) {
        JsonNode json = tree(written);
        assertThat(json.path("feature_service").asStringOpt())
                .isEqualTo(answer.service().map(Object::toString));
        assertThat(json.get("as_of").asString()).isEqualTo(micros(answer.asOf()));
        assertThat(json.get("degraded").asBoolean()).isEqualTo(answer.degraded());
        assertThat(json.has("common")).isEqualTo(answer.common().isPresent());
        answer.common().ifPresent(common -> {
            assertThat(common.count()).isEqualTo(1);
            assertSame(common, 0, json.get("common").get("columns"), json.get("common"), int64AsText);
        });
        assertThat(json.get("rows")).hasSize(answer.rows().count());
        for (int row = 0; row < answer.rows().count(); row++) {
            assertSame(answer.rows(), row, json.get("columns"), json.get("rows").get(row), int64AsText);
        }
    }

    private static void assertSame(
            LookupAnswer.Rows rows, int row, JsonNode names, JsonNode json, boolean int64AsText) {
        var columns = rows.columns();
        assertThat(names).hasSize(columns.size());
        assertThat(json.get("values")).hasSize(columns.size());
        for (int i = 0; i < columns.size(); i++) {
            var column = columns.get(i);
            var event = rows.eventTimestamp(row, i);
            assertThat(names.get(i).asString()).isEqualTo(column.name());
            assertThat(json.get("values").get(i)).isEqualTo(tree(column, rows.value(row, i), int64AsText));
            assertThat(json.get("statuses").get(i).asString())
                    .isEqualTo(rows.status(row, i).name());
            assertThat(json.get("event_timestamps").get(i).asStringOpt())
                    .isEqualTo(Optional.ofNullable(event).map(LookupTestBase::micros));
        }
    }

    private static JsonNode tree(LookupAnswer.Column column, @Nullable Object value, boolean int64AsText) {
        if (!(value instanceof AggregateResult.Buckets(var keys, var values))) {
            return tree(column.type(), value, int64AsText);
        }
        ObjectNode buckets = JSON.createObjectNode();
        buckets.set("keys", tree(column.keys().orElseThrow(), keys, int64AsText));
        buckets.set("values", tree(column.type(), values, int64AsText));
        return buckets;
    }

    private static JsonNode tree(ValueType type, @Nullable Object value, boolean int64AsText) {
        var out = new ByteArrayOutputStream();
        try (var json = JSON.createGenerator(out)) {
            JsonValues.write(json, type, value, int64AsText);
        }
        return JSON.readTree(out.toByteArray());
    }

    private static JsonNode tree(JsonBytes json) {
        return JSON.readTree(json.toBytes());
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

    static LookupRequestReader.Asked request(String body, boolean int64AsText) {
        return LookupRequestReader.read(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8), int64AsText);
    }
}
