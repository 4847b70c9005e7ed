package dev.asof.online.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStoreHealth;
import dev.asof.online.row.JsonBytes;
import dev.asof.online.row.PackedRow;
import dev.asof.online.row.RowAddress;
import dev.asof.online.row.RowLayout;
import dev.asof.online.row.TestViews;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.support.TestStores;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisOnlineStoreTest {

    private static final long TODAY = Timestamps.toMicros(Instant.parse("2026-11-21T07:48:00Z"));

    private RedisClient client;
    private RedisCommands<String, String> redis;
    private RedisInService inService;
    private RedisOnlineStore store;
    private RegisteredView view;

    @BeforeAll
    void connect() {
        var uri = RedisURI.create(TestStores.newRedisUri());
        client = RedisClient.create(uri);
        redis = client.connect().sync();
        inService = new RedisInService(uri);
        store = inService.store;
    }

    @AfterAll
    void disconnect() {
        inService.close();
        client.shutdown();
    }

    @BeforeEach
    void empty() {
        flush();
        view = TestViews.counter(1);
    }

    private void flush() {
        redis.flushdb();
        inService.mark();
    }

    @Test
    void I3_anyInterleavingOfWritersEndsInTheRowThatA1Picks() throws Exception {
        var random = new Random(20261121);
        for (int round = 0; round < 5; round++) {
            flush();
            var written = new ArrayList<FeatureRow>();
            for (int i = 0; i < 6_000; i++) {
                written.add(row("k" + random.nextInt(150), TODAY + random.nextInt(4), i, (long) i));
            }
            Collections.shuffle(written, random);

            writeFromFourThreads(written, 1 + random.nextInt(700));

            assertThat(storedValues(newest(written).keySet())).isEqualTo(newest(written));
        }
    }

    @Test
    void A1_aCorrectionWithTheSameTimestampWins() {
        write(row("a", TODAY, 1, 1L));
        write(row("a", TODAY, 2, 2L));
        write(row("a", TODAY, 1, 1L));

        assertThat(stored("a")).isEqualTo(2L);
    }

    @Test
    void I3_headersAreComparedToTheLastBit() {
        long[] micros = {
            Timestamps.toMicros(Timestamps.MIN),
            -4_294_967_297L,
            -1,
            0,
            1,
            4_294_967_295L,
            4_294_967_296L,
            (1L << 53) + 1,
            (1L << 53) + 2,
            Timestamps.toMicros(Timestamps.MAX)
        };
        long[] sequences = {Long.MIN_VALUE, -1, 0, 1, (1L << 53) + 1, (1L << 53) + 2, 255, 256, Long.MAX_VALUE};
        for (int i = 1; i < micros.length; i++) {
            assertNewer(micros[i], 0, micros[i - 1], Long.MAX_VALUE);
        }
        for (long sequence : sequences) {
            for (long other : sequences) {
                if (sequence > other) {
                    assertNewer(TODAY, sequence, TODAY, other);
                }
            }
        }
    }

    @Test
    void A6_compositeKeysKeepRowsOfTheirOwn() {
        var pairs = TestViews.view(
                2,
                "pairs",
                new TreeMap<>(Map.of("x", ScalarType.STRING, "y", ScalarType.STRING)),
                Map.of("value", ScalarType.INT64),
                Optional.empty());
        store.write(
                pairs,
                List.of(
                        store.pack(pairs, FeatureRow.of(new Object[] {"1", "23"}, Instant.EPOCH, 1, new Object[] {1L})),
                        store.pack(
                                pairs, FeatureRow.of(new Object[] {"12", "3"}, Instant.EPOCH, 2, new Object[] {2L}))));

        assertThat(redis.dbsize()).as("with the mark").isEqualTo(2 + 1);
    }

    @Test
    void aRedisThatForgotTheScriptIsTaughtAgain() {
        write(row("a", TODAY, 1, 1L));
        redis.scriptFlush();

        store.write(
                view,
                IntStream.range(0, 5_000)
                        .mapToObj(i -> packed(row("k" + i, TODAY, i, (long) i)))
                        .toList());

        assertThat(redis.dbsize()).isEqualTo(5_001 + 1);
    }

    @Test
    void clearingAViewLeavesOthersAndTheMark() {
        var other = TestViews.counter(37);
        store.write(
                view,
                IntStream.range(0, 3_000)
                        .mapToObj(i -> packed(row("k" + i, TODAY, i, (long) i)))
                        .toList());
        store.write(other, List.of(store.pack(other, row("k", TODAY, 1, 1L))));

        store.clear(view.id());

        assertThat(redis.dbsize()).isEqualTo(1 + 1);
        assertThat(inService.monitor.inspect().getFirst().ownMark()).isPresent();
    }

    @Test
    void noRowsAreNoWork() {
        assertThatCode(() -> store.write(view, List.of())).doesNotThrowAnyException();
    }

    @Test
    void withoutRedisEverythingIsUnavailableAtOnce() throws IOException {
        try (var unreachable = new RedisInService(nobody())) {
            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> unreachable.store.write(view, List.of(packed(row("a", TODAY, 1, 1L)))))
                        .isInstanceOfSatisfying(
                                AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void aRedisThatRefusesTheRowsIsUnavailable() {
        redis.set("f1{s\0\0\0\1a}", "not a row");

        assertThatThrownBy(() -> write(row("a", TODAY, 1, 1L)))
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void O3_aProcessThatAnotherOneReplacedIsNotRead() {
        write(row("a", TODAY, 1, 1L));
        var address =
                List.of(new RowAddress(view, packed(row("a", TODAY, 1, 1L)).key()));
        assertThat(inService.rows.read(address).unread().isEmpty()).isTrue();

        inService.replacedByAnother();

        assertThat(inService.rows.read(address).unread().isEmpty()).isFalse();
        assertThat(inService.monitor.state()).isEqualTo(OnlineStoreHealth.State.INCOMPLETE);
        inService.mark();
        assertThat(stored("a")).isEqualTo(1L);
    }

    @Test
    void O3_aFlushIsNoticedByTheNextRead() {
        write(row("a", TODAY, 1, 1L));
        var address =
                List.of(new RowAddress(view, packed(row("a", TODAY, 1, 1L)).key()));

        redis.flushdb();

        assertThat(inService.rows.read(address).unread().isEmpty()).isFalse();
        assertThat(inService.monitor.state()).isEqualTo(OnlineStoreHealth.State.INCOMPLETE);
        assertThatThrownBy(() -> write(row("a", TODAY, 1, 1L)))
                .as("rows for a process that nobody took into service")
                .isInstanceOf(AsofException.class);
    }

    @Test
    void healthSaysWhetherRowsMayBeEvicted() {
        inService.monitor.check();
        var health = new StoresHealthIndicator(inService.monitor, () -> true);
        assertThat(health.health().getStatus().getCode()).isEqualTo("UP");
        redis.configSet("maxmemory-policy", "allkeys-lru");
        inService.monitor.check();
        try {
            assertThat(health.health().getStatus().getCode()).isEqualTo("DOWN");
        } finally {
            redis.configSet("maxmemory-policy", "noeviction");
        }
    }

    private void assertNewer(long micros, long sequence, long olderMicros, long olderSequence) {
        flush();
        write(row("a", olderMicros, olderSequence, 1L));
        write(row("a", micros, sequence, 2L));
        write(row("a", olderMicros, olderSequence, 3L));
        assertThat(stored("a"))
                .describedAs("%s %s over %s %s", micros, sequence, olderMicros, olderSequence)
                .isEqualTo(2L);
    }

    private void writeFromFourThreads(List<FeatureRow> written, int batch) throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            var tasks = new ArrayList<Callable<Void>>();
            for (int from = 0; from < written.size(); from += batch) {
                var part = written.subList(from, Math.min(written.size(), from + batch)).stream()
                        .map(this::packed)
                        .toList();
                tasks.add(() -> {
                    store.write(view, part);
                    return null;
                });
            }
            for (var done : threads.invokeAll(tasks)) {
                done.get();
            }
        }
    }

    private static Map<String, Object> newest(List<FeatureRow> written) {
        var newest = new HashMap<String, Object>();
        written.stream()
                .sorted(Comparator.comparing(FeatureRow::eventTimestamp).thenComparing(FeatureRow::rowSequence))
                .forEach(row -> newest.put((String) row.keys()[0], row.values()[0]));
        return newest;
    }

    private Map<String, Object> storedValues(Iterable<String> keys) {
        var stored = new HashMap<String, Object>();
        keys.forEach(key -> stored.put(key, stored(key)));
        return stored;
    }

    private Object stored(String key) {
        var address = new RowAddress(view, packed(row(key, 0, 0, 0L)).key());
        var json = new JsonBytes(16);
        new PackedRow(new RowLayout(view), inService.read(List.of(address)).getFirst()).write(0, json, false);
        return Long.valueOf(new String(json.toBytes(), StandardCharsets.US_ASCII));
    }

    private void write(FeatureRow row) {
        store.write(view, List.of(packed(row)));
    }

    private OnlineRow packed(FeatureRow row) {
        return store.pack(view, row);
    }

    private static FeatureRow row(String key, long micros, long sequence, Long value) {
        return FeatureRow.of(new Object[] {key}, Timestamps.ofMicros(micros), sequence, new Object[] {value});
    }

    private static RedisURI nobody() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return RedisURI.create("127.0.0.1", socket.getLocalPort());
        }
    }
}
