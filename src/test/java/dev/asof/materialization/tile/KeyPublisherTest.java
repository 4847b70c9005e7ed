package dev.asof.materialization.tile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.AggregateRows;
import dev.asof.offline.TouchedKeys;
import dev.asof.offline.tile.TileBuilder;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ViewVersion;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.transform.window.TileLevel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;

/** Two servers that publish the same keys: this one, and one whose clock and whose way to Redis a test holds in its hands. */
@AsofServerTest
class KeyPublisherTest {

    private static int number;

    @LocalServerPort
    private int port;

    @Autowired
    private Publications publications;

    @Autowired
    private AggregateRows rows;

    @Autowired
    private TouchedKeys touched;

    @Autowired
    private LeftOutRows leftOut;

    @Autowired
    private OnlineStore online;

    @Autowired
    private PlatformTransactionManager transactions;

    @Autowired
    private PublicationMetrics metrics;

    @Autowired
    private KnownKeys known;

    @Autowired
    private CrowdedKeys crowded;

    @Autowired
    private TileBuilder tiles;

    @Autowired
    private Registry registry;

    @Autowired
    private JdbcClient jdbc;

    private ApiClient api;
    private String name;

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        name = "published_" + ++number;
    }

    private void define(String rowId) {
        api.apply("""
            kind: entity
            name: %1$s_card
            keys: [{name: card, type: STRING}]
            ---
            kind: source
            name: %1$s
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: card, type: STRING}
              - {name: id, type: INT64}
              - {name: amount, type: INT64}
              - {name: gone, type: BOOLEAN}
            event_timestamp: at
            tombstone: gone
            %2$s
            ---
            kind: feature_view
            name: %1$s_view
            entities: [%1$s_card]
            source: %1$s
            features:
              - {name: n, aggregate: count, windows: [1h, 30d]}
              - {name: total, aggregate: sum, column: amount, windows: [1h, 30d]}
            """.formatted(name, rowId)).expect(200);
    }

    /** A server with another clock, whose writes go through another store. */
    private KeyPublisher other(Clock clock, OnlineStore store) {
        return new KeyPublisher(
                publications, rows, touched, leftOut, store, transactions, known, crowded, metrics, clock);
    }

    private AggregatedView program() {
        RegisteredView view = registry.current().view(new ViewVersion(new FeatureViewName(name + "_view"), 1));
        return AggregatedView.of(view, view.aggregates().orElseThrow());
    }

    private static EntityKey key(String card) {
        return java.util.Objects.requireNonNull(EntityKey.of(List.of(card)));
    }

    private ApiClient.Answer send(String rows) {
        return api.post("/sources/" + name + "/rows", "application/json", "{\"rows\":[" + rows + "]}")
                .expect(200);
    }

    private static String row(Instant at, String card, int amount) {
        return row(at, card, 0, amount);
    }

    private static String row(Instant at, String card, int id, int amount) {
        return """
            {"at":"%s","card":"%s","id":%s,"amount":%s}\
            """.formatted(at, card, id, amount);
    }

    private List<Object> online(String card) {
        return online("@v1", card);
    }

    private List<Object> online(String version, String card) {
        return online(version, card, "1h");
    }

    private List<Object> online(String version, String card, String window) {
        var answer = api.post("/online-features", "application/json", """
            {"features":["%1$s_view%3$s:n_%4$s","%1$s_view%3$s:total_%4$s"],"entities":[{"card":"%2$s"}]}\
            """.formatted(name, card, version, window))
                .expect(200);
        assertThat(answer.json().get("degraded").asBoolean()).isFalse();
        var values = answer.json().get("rows").get(0).get("values");
        return List.of(values.get(0).asLong(), values.get(1).asLong());
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    /** Between reading and writing another server publishes the same key, other hops of it: both are there in the end. */
    @Test
    void W7_whoReadsFirstAndWritesLastTakesNothingAway() {
        define("");
        send(row(now().minusSeconds(600), "a", 1));
        var paused = new PausedOnlineStore(online, () -> send(row(now().minusSeconds(1200), "a", 10)));

        other(Clock.systemUTC(), paused).publish(program(), List.of(key("a")));

        assertThat(paused.writes()).isEqualTo(1);
        assertThat(online("a")).containsExactly(2L, 11L);
    }

    /** A row that is due here is ahead of the other server's clock: who leaves it out owes it, though its batch is settled. */
    @Test
    void T2_aServerWhoseClockIsBehindOwesWhatItLeavesOut() {
        define("");
        send(row(now(), "a", 1));
        assertThat(online("a")).containsExactly(1L, 1L);
        jdbc.sql("select count(*) from asof.online_work").query(Long.class).single();
        Clock behind = Clock.offset(Clock.systemUTC(), Duration.ofMillis(-500));

        other(behind, online).publish(program(), List.of(key("a")));

        assertThat(owed()).isEqualTo(1);
        Eventually.until(() -> online("a").equals(List.of(1L, 1L)), () -> online("a"));
        Eventually.until(() -> owed() == 0, this::owed);
        assertThat(online("a")).containsExactly(1L, 1L);
    }

    /** Who strikes off what it brought strikes off nothing that was left out after it. */
    @Test
    void T2_whatIsLeftOutAgainStaysOwed() {
        define("");
        Instant at = now();
        send(row(at, "a", 1));
        Clock behind = Clock.fixed(at.minusMillis(1), ZoneOffset.UTC);
        long batch = newestBatch();
        var first = other(Clock.systemUTC(), online).publish(program(), List.of(key("a")));

        other(behind, online).publish(program(), List.of(key("a")));
        leftOut.done(program().view().id(), List.of(new dev.asof.shared.BatchId(batch)), first.publication());

        assertThat(owed()).isEqualTo(1);
        Eventually.until(() -> online("a").equals(List.of(1L, 1L)), () -> online("a"));
    }

    @Test
    void T2_rowsAheadOfTheClockComeWhenTheyAreDue() {
        define("");
        Instant due = now().plusSeconds(3);
        var answer = send(row(now().minusSeconds(5), "a", 1) + "," + row(due, "a", 10));

        assertThat(answer.json().get("online").asString()).isEqualTo("scheduled");
        assertThat(online("a")).containsExactly(1L, 1L);
        Eventually.until(() -> online("a").equals(List.of(2L, 11L)), () -> online("a"));
        assertThat(now()).isAfter(due);
        Eventually.until(() -> owed() == 0, this::owed);
    }

    @Test
    void W4_aCorrectionMovesARowToAnotherKeyOnline() {
        define("row_id: [id]");
        Instant at = now().minusSeconds(600);
        send(row(at, "a", 7, 1) + "," + row(at, "a", 8, 2));
        assertThat(online("a")).containsExactly(2L, 3L);

        send(row(at.minusSeconds(300), "b", 7, 5));

        assertThat(online("a")).containsExactly(1L, 2L);
        assertThat(online("b")).containsExactly(1L, 5L);
    }

    @Test
    void W4_aCorrectionToNoKeyTakesTheRowAway() {
        define("row_id: [id]");
        Instant at = now().minusSeconds(600);
        send(row(at, "a", 7, 1));

        send("{\"at\":\"%s\",\"card\":null,\"id\":7,\"amount\":5}".formatted(at));

        assertThat(online("a")).containsExactly(0L, 0L);
    }

    /** It isn't due yet, but the row that it corrects isn't one any more. */
    @Test
    void W4_aCorrectionAheadOfTheClockTakesTheRowAwayAtOnce() {
        define("row_id: [id]");
        send(row(now().minusSeconds(600), "a", 7, 1));
        Instant due = now().plusSeconds(3);

        var answer = send(row(due, "b", 7, 5));

        assertThat(answer.json().get("online").asString()).isEqualTo("scheduled");
        assertThat(online("a")).containsExactly(0L, 0L);
        assertThat(online("b")).containsExactly(0L, 0L);
        Eventually.until(() -> online("b").equals(List.of(1L, 5L)), () -> online("b"));
    }

    @Test
    void W4_aCorrectionOfARowThatIsAheadNeverLetsItAppear() {
        define("row_id: [id]");
        send(row(now().plusSeconds(3), "a", 7, 1));

        send(row(now().minusSeconds(60), "b", 7, 5));

        assertThat(online("b")).containsExactly(1L, 5L);
        Eventually.until(() -> owed() == 0, this::owed);
        assertThat(online("a")).containsExactly(0L, 0L);
    }

    @Test
    void I5_aTombstoneCutsWhatIsBeforeIt() {
        define("");
        Instant at = now().minusSeconds(600);
        send(row(at, "a", 1) + "," + row(at.plusSeconds(120), "a", 2));

        send("{\"at\":\"%s\",\"card\":\"a\",\"gone\":true}".formatted(at.plusSeconds(60)));

        assertThat(online("a")).containsExactly(1L, 2L);
    }

    /** It was sent before its correction, and takes no place of it though it comes after. */
    @Test
    void I4_W4_aReplayedRowDoesNotTakeThePlaceOfItsCorrection() {
        String contract = "row_id: [id]\nexpectations: [{column: amount, between: [0, 100]}]\nmax_invalid_ratio: 1";
        define(contract);
        Instant at = now().minusSeconds(600);
        send(row(at, "a", 7, 500) + "," + row(at, "b", 8, 600));
        send(row(at, "a", 7, 5));
        assertThat(online("a")).containsExactly(1L, 5L);
        define(contract.replace("100", "1000"));

        api.post("/sources/" + name + "/quarantine/replay", "application/json", "")
                .expect(200);

        assertThat(online("a")).containsExactly(1L, 5L);
        assertThat(online("b")).containsExactly(1L, 600L);
    }

    /** A version that is registered later is computed from the log, and brought online whole. */
    @Test
    void V3_aVersionsAggregatesAreBroughtOnlineByItsBackfill() {
        define("row_id: [id]");
        Instant at = now().minusSeconds(600);
        send(row(at, "a", 7, 1) + "," + row(at, "b", 8, 2) + "," + row(at, "b", 9, 3));
        send(row(at.minusSeconds(60), "a", 9, 4));

        api.apply("""
            kind: feature_view
            name: %1$s_view
            entities: [%1$s_card]
            source: %1$s
            features:
              - {name: n, aggregate: count, windows: [1h, 30d, 7d]}
              - {name: total, aggregate: sum, column: amount, windows: [1h, 30d]}
            """.formatted(name)).expect(200);

        Eventually.until(
                () -> api.get("/feature-views/" + name + "_view/versions/2")
                        .json()
                        .get("status")
                        .get("state")
                        .asString()
                        .equals("ready"),
                () -> "not ready");
        assertThat(online("@v2", "a")).containsExactly(2L, 5L);
        assertThat(online("@v2", "b")).containsExactly(1L, 2L);
    }

    /** Rows that come one after the other replace the finest tiles alone, and late ones bring the key whole. */
    @Test
    void W7_partsAndWholeKeysComeToTheSame() {
        define("");
        Instant at = now();
        send(row(at.minusSeconds(7200), "a", 1));
        double parts = metrics.of(program().view()).parts().count();
        long total = 0;
        for (int i = 1; i <= 20; i++) {
            send(row(now(), "a", i));
            total += i;
            if (i % 5 == 0) {
                send(row(now().minusSeconds(600L * i / 5), "a", 1000 * i));
                total += 1000 * i;
            }
            assertThat(online("a")).containsExactly(i + i / 5L, total);
        }
        assertThat(metrics.of(program().view()).parts().count()).isGreaterThan(parts);
    }

    /** Of a key with many rows tiles in Postgres are read: those that batches have kept true since. */
    @Test
    void W7_aBusyKeyIsPublishedFromTilesInPostgres() {
        define("");
        Instant at = now();
        send(IntStream.range(0, 600)
                .mapToObj(i -> row(at.minus(Duration.ofMinutes(60L * i)), "a", 1))
                .collect(Collectors.joining(",")));
        Eventually.until(
                () -> {
                    tiles.run();
                    return isTiled(at.minus(Duration.ofDays(30)), at.minus(Duration.ofHours(2)));
                },
                () -> "no tiles");
        assertThat(month("a")).containsExactly(600L, 600L);

        send(row(at.minus(Duration.ofDays(12)), "a", 10));
        assertThat(month("a")).containsExactly(601L, 610L);
        Instant cut = at.minus(Duration.ofDays(20)).plusMillis(1);
        send("{\"at\":\"%s\",\"card\":\"a\",\"gone\":true}".formatted(cut));
        assertThat(month("a")).containsExactly(481L, 490L);

        // none were if this weren't seen
        int wrong = jdbc.sql(
                        "update offline.\"%s_view__v1__t\" set cell__1_n = 1024 where level = :day and start = :start"
                                .formatted(name))
                .param("day", TileLevel.DAY.ordinal())
                .param(
                        "start",
                        at.minus(Duration.ofDays(15))
                                .truncatedTo(ChronoUnit.DAYS)
                                .atOffset(ZoneOffset.UTC))
                .update();
        other(Clock.systemUTC(), online).publish(program(), List.of(key("a")));
        assertThat(wrong).isEqualTo(1);
        assertThat(month("a")).containsExactly(481L - 24 + 1024, 490L);
    }

    private boolean isTiled(Instant from, Instant until) {
        return jdbc.sql("select readable @> tstzrange(:from, :until) from asof.tiled_view where relation = :relation")
                .param("from", from.atOffset(ZoneOffset.UTC))
                .param("until", until.atOffset(ZoneOffset.UTC))
                .param("relation", name + "_view__v1")
                .query(Boolean.class)
                .single();
    }

    private List<Object> month(String card) {
        return online("@v1", card, "30d");
    }

    /** So many rows a minute that the key gets tiles of seconds; other servers don't know of it. */
    @Test
    void W8_aCrowdedKeyIsTheSameByWhomeverItIsPublished() {
        define("");
        var many = IntStream.range(0, 2 * CrowdedKeys.CROWDED)
                .mapToObj(i -> row(now().minusMillis(i), "a", 1))
                .collect(Collectors.joining(","));
        send(many);
        send(row(now(), "a", 1));
        long sent = 2L * CrowdedKeys.CROWDED + 1;
        assertThat(crowded.contains(program().view(), key("a"))).isTrue();
        assertThat(online("a")).containsExactly(sent, sent);
        var elsewhere = new KeyPublisher(
                publications,
                rows,
                touched,
                leftOut,
                online,
                transactions,
                new KnownKeys(),
                new CrowdedKeys(),
                metrics,
                Clock.systemUTC());

        for (int i = 0; i < 3; i++) {
            send(row(now(), "a", 1));
            sent++;
            elsewhere.publishTouched(program(), Map.of(key("a"), Timestamps.toMicros(now().minusSeconds(1))));
            assertThat(online("a")).containsExactly(sent, sent);
            elsewhere.publish(program(), List.of(key("a")));
            assertThat(online("a")).containsExactly(sent, sent);
        }
    }

    /** All windows of a key have passed: it goes, though nothing comes for it; who was read before that brings nothing back. */
    @Test
    void W7_keysWhoseWindowsHavePassedAreSwept() {
        define("");
        Instant longAgo = now().minus(Duration.ofDays(40));
        var then = Clock.fixed(longAgo, ZoneOffset.UTC);
        send(row(longAgo.minusSeconds(5), "gone", 1) + "," + row(now(), "patched", 1) + "," + row(now(), "new", 1));
        var late = other(then, new PausedOnlineStore(online, () -> {
            other(then, online).publish(program(), List.of(key("gone"), key("patched")));
            send(row(now(), "patched", 1));
            sweep(1);
        }));

        late.publish(program(), List.of(key("gone")));

        assertThat(online("gone")).containsExactly(0L, 0L);
        assertThat(online("patched")).containsExactly(2L, 2L);
        assertThat(online("new")).containsExactly(1L, 1L);
        sweep(1);
        sweep(0);
    }

    private void sweep(long keys) {
        assertThat(online.sweep(program().view(), now().minus(Duration.ofDays(31))))
                .isEqualTo(keys);
    }

    private long owed() {
        return jdbc.sql("select count(*) from asof.left_out where view_id = :view")
                .param("view", program().view().id())
                .query(Long.class)
                .single();
    }

    private long newestBatch() {
        return jdbc.sql("select max(id) from asof.batch where source = :source")
                .params(Map.of("source", name))
                .query(Long.class)
                .single();
    }
}
