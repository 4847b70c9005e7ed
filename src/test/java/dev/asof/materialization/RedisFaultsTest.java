package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import dev.asof.support.RedisProcess;
import dev.asof.support.StartedServer;
import dev.asof.support.SteadyLoad;
import dev.asof.support.TcpProxy;
import dev.asof.support.TestStores;
import dev.asof.support.Warnings;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Rule O3 with real Redis processes that fail: each lookup answers what the offline store holds as of now, whatever
 * happens to the online store, and afterwards both are equal without anyone acting, while other clients go on.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisFaultsTest {

    private static final String NEWEST_END =
            "select coalesce(max(finished_in::text::bigint), 0) from asof.materialization";

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final int METERS = 40;
    private static final int KEYS = 30_000;

    /** How often one fault may change the same state of Redis: away, back but incomplete, complete, owing, complete. */
    private static final int STATES = 3;

    /** What a lookup may take while Redis hangs: 300 ms for Redis, 1 s for Postgres, and a slow machine. */
    private static final Duration LIMIT = Duration.ofMillis(2_500);

    @TempDir
    private static Path directory;

    private RedisProcess redis;
    private TcpProxy address;
    private StartedServer server;
    private Readings readings;
    private SteadyLoad load;
    private Warnings warnings;
    private long sent;

    @BeforeAll
    void startServer() {
        redis = RedisProcess.start(directory);
        address = new TcpProxy(redis.port());
        server = StartedServer.on(TestStores.newDatabase(), "redis://127.0.0.1:" + address.port());
        readings = new Readings(server.api(), server.dataSource(), "faulty").defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
    }

    @AfterAll
    void stopServer() {
        server.close();
        address.close();
        redis.close();
    }

    @BeforeEach
    void allIsWell() {
        awaitHealed();
        assertThat(sendToAll()).isEqualTo("applied");
        assertThat(lookup().get("degraded").asBoolean()).isFalse();
        checkLookup();
        load = new SteadyLoad(server.api(), server.dataSource(), "steady").awaitWhole();
        warnings = new Warnings();
    }

    /** Each fault ends well, by itself: online equals offline for every key, and new rows go online at once. */
    @AfterEach
    void allIsWellAgain() {
        load.awaitWhole();
        warnings.checkFew(STATES);
        warnings.close();
        awaitHealed();
        checkLookup();
        readings.checkOnline(1, "amount", Instant.now());
        assertThat(sendToAll()).isEqualTo("applied");
        checkLookup();
        assertThat(lookup().get("degraded").asBoolean()).isFalse();
        load.close();
    }

    @Test
    void O3_killedAndRestartedEmpty() {
        redis.kill();
        checkDegraded();
        awaitAttemptsToFail();
        assertThat(sendToAll()).isEqualTo("pending");
        assertThat(send("born-while-killed")).isEqualTo("pending");
        checkDegraded();
        redis.restartEmpty();
        awaitHealedWhileLookingUp();
    }

    /** Keys of every type, none at all, lists, nulls, failures, tombstones and a TTL. */
    @Test
    void O3_anAnswerFromPostgresIsTheSame() {
        server.api().apply("""
            kind: entity
            name: thing
            keys:
              - {name: text, type: STRING}
              - {name: small, type: INT32}
              - {name: large, type: INT64}
              - {name: flag, type: BOOLEAN}
              - {name: data, type: BYTES}
              - {name: moment, type: TIMESTAMP}
            ---
            kind: source
            name: things
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: text, type: STRING}
              - {name: small, type: INT32}
              - {name: large, type: INT64}
              - {name: flag, type: BOOLEAN}
              - {name: data, type: BYTES}
              - {name: moment, type: TIMESTAMP}
              - {name: divisor, type: INT64}
              - {name: vector, type: FLOAT32_LIST}
              - {name: gone, type: BOOLEAN}
            event_timestamp: at
            tombstone: gone
            ---
            kind: feature_view
            name: of_thing
            entities: [thing]
            source: things
            ttl: 3650d
            features:
              - {name: divisor, column: divisor}
              - {name: vector, column: vector}
              - {name: moment_sent, column: moment}
              - {name: data_sent, column: data}
              - {name: share, expression: "1000 % divisor"}
            ---
            kind: feature_view
            name: of_all
            entities: []
            source: things
            features: [{name: newest, column: text}]
            ---
            kind: feature_service
            name: all_things
            features: ["of_thing:*", "of_all:*"]
            """).expect(200);
        var rows = new ArrayList<Map<String, Object>>();
        var entities = new ArrayList<Map<String, Object>>();
        var texts = List.of("a", "", "caf\u00e9 {x}", "gone", "old", "\ud83d\ude80");
        for (int i = 0; i < texts.size(); i++) {
            var key = new HashMap<String, Object>(Map.of(
                    "text",
                    texts.get(i),
                    "small",
                    Integer.MIN_VALUE + i,
                    "large",
                    Long.MAX_VALUE - i,
                    "flag",
                    i % 2 == 0,
                    "data",
                    "AAH+/w==",
                    "moment",
                    i == 5 ? "0001-01-01T00:00:00Z" : "9999-12-31T23:59:59.99999" + i + "Z"));
            entities.add(Map.copyOf(key));
            key.put(
                    "at",
                    texts.get(i).equals("old")
                            ? "2001-01-01T00:00:00Z"
                            : PAST.plusSeconds(i).toString());
            key.put("gone", texts.get(i).equals("gone"));
            if (i > 0) {
                key.put("divisor", i - 1);
                key.put("vector", List.of(0.1, 1e-30, i));
            }
            rows.add(key);
        }
        server.api().rows("things", rows).expect(200);
        entities.add(Map.of(
                "text", "unknown", "small", 1, "large", 1, "flag", true, "data", "", "moment", "2026-01-01T00:00:00Z"));
        var request = Map.of(
                "feature_service",
                "all_things",
                "entities",
                entities,
                "include",
                List.of("statuses", "event_timestamps"));
        var fromRedis =
                server.api().postJson("/online-features", request).expect(200).json();
        assertThat(fromRedis.get("degraded").asBoolean()).isFalse();
        assertThat(fromRedis.toString()).contains("PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE", "ERROR");

        redis.kill();

        var fromPostgres =
                server.api().postJson("/online-features", request).expect(200).json();
        assertThat(fromPostgres.get("degraded").asBoolean()).isTrue();
        assertThat(fromPostgres.get("rows")).isEqualTo(fromRedis.get("rows"));
        redis.restartEmpty();
    }

    @Test
    void O3_hung() {
        redis.hang();
        try {
            checkDegraded();
            assertThat(sendToAll()).isEqualTo("pending");
            awaitAttemptsToFail();
            assertThat(send("born-while-hung")).isEqualTo("pending");
            checkDegraded();
        } finally {
            redis.goOn();
        }
        awaitHealedWhileLookingUp();
    }

    @Test
    void O3_flushed() {
        redis.call(RedisCommands::flushall);
        awaitHealedWhileLookingUp();
    }

    @Test
    void O3_restartedFromAnOldSnapshot() {
        snapshot();
        assertThat(sendToAll()).isEqualTo("applied");
        assertThat(send("born-after-the-snapshot")).isEqualTo("applied");
        long rebuilds = rebuilds();
        redis.kill();
        redis.restart();
        awaitHealedWhileLookingUp();
        assertThat(rebuilds()).as("what came after the checkpoint is enough").isEqualTo(rebuilds);
    }

    @Test
    void O3_failedOverToALaggingReplica() {
        var replica = RedisProcess.start(directory);
        try (var link = new TcpProxy(redis.port())) {
            replica.follow(link.port());
            awaitCheckpointIn(replica);
            link.cutOff();
            assertThat(sendToAll()).isEqualTo("applied");
            assertThat(send("unknown-to-the-replica")).isEqualTo("applied");
        }
        long rebuilds = rebuilds();
        replica.call(RedisCommands::replicaofNoOne);
        address.leadTo(replica.port());
        redis.close();
        redis = replica;
        awaitHealedWhileLookingUp();
        assertThat(rebuilds()).as("what came after the checkpoint is enough").isEqualTo(rebuilds);
    }

    @Test
    void O3_demotedWithItsConnectionsOpen() {
        load.mayLag(); // until the next check, what was written to the demoted one last is missing from it
        var promoted = RedisProcess.start(directory);
        promoted.follow(redis.port());
        RedisProcess demoted = redis;
        promoted.call(RedisCommands::replicaofNoOne);
        address.leadTo(promoted.port());
        redis = promoted;
        demoted.follow(promoted.port());
        Eventually.until(
                () -> promoted.call(commands -> commands.get("asof:mark")).contains(promoted.info("run_id")),
                () -> "the promoted one is not in service");
        awaitHealedWhileLookingUp();
        assertThat(sendToAll()).isEqualTo("applied");
        demoted.close();
    }

    @Test
    void O3_outOfMemory() {
        load.mayLag();
        redis.call(commands -> commands.configSet("maxmemory", "1"));
        try {
            assertThat(send("born-without-room")).isEqualTo("pending");
            JsonNode answer = lookup();
            assertThat(answer.get("degraded").asBoolean()).isTrue();
            assertThat(answer.get("rows").get(0).get("values").get(0).asLong()).isEqualTo(sent - 1);
        } finally {
            redis.call(commands -> commands.configSet("maxmemory", "0"));
        }
    }

    @Test
    void O3_aRebuildOfManyKeysAnswersEveryLookupOnItsWay() {
        var crowd = new Readings(server.api(), server.dataSource(), "crowd").defineSource();
        crowd.defineView("{name: amount, column: amount}").expect(200);
        crowd.stream(Readings.ndjson(KEYS, KEYS, PAST), Map.of()).expect(200);
        crowd.awaitNothingOwed();
        long rebuilds = rebuilds();
        redis.call(RedisCommands::flushall);
        var random = new Random(3);
        int lookups = 0;
        JsonNode answer;
        do {
            int from = random.nextInt(KEYS - 100);
            var meters =
                    IntStream.range(from, from + 100).mapToObj(i -> "m" + i).toList();
            long start = System.nanoTime();
            answer = lookup(crowd, meters);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
            for (int i = 0; i < meters.size(); i++) {
                assertThat(answer.get("rows").get(i).get("values").get(0).asLong())
                        .isEqualTo(from + i);
            }
            lookups++;
        } while (answer.get("degraded").asBoolean());
        assertThat(lookups).isGreaterThan(10);
        assertThat(rebuilds()).isGreaterThan(rebuilds);
    }

    @Test
    void O3_pastWhatPostgresCanAnswerInTimeIsA503ToBeTriedAgain() throws Exception {
        redis.kill();
        try (var connection = server.dataSource().getConnection();
                var statement = connection.createStatement();
                var http = HttpClient.newHttpClient()) {
            connection.setAutoCommit(false);
            statement.execute("lock table offline.faulty_view__v1 in access exclusive mode");
            var request = HttpRequest.newBuilder(URI.create(server.api().base() + "/online-features"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(
                            "{\"features\":[\"faulty_view:amount\"],\"entities\":[{\"meter\":\"m1\"}]}"))
                    .build();
            long start = System.nanoTime();
            var running = IntStream.range(0, 20)
                    .mapToObj(_ -> http.sendAsync(request, BodyHandlers.ofString()))
                    .toList();
            for (var each : running) {
                var answer = each.get(30, TimeUnit.SECONDS);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
            connection.rollback();
        }
        checkDegraded();
        redis.restartEmpty();
    }

    /** While clients go on, each attempt to come back fails, some more than once. */
    private void awaitAttemptsToFail() {
        long lookups = load.answered();
        Eventually.until(() -> load.answered() > lookups + 100, load::answered);
    }

    private void checkDegraded() {
        JsonNode answer = checkLookup();
        assertThat(answer.get("degraded").asBoolean()).isTrue();
    }

    /** A lookup of every key equals the offline store, within the limit. */
    private JsonNode checkLookup() {
        Map<String, String> expected = readings.offline(1, "amount", Instant.now());
        long start = System.nanoTime();
        JsonNode answer = lookup(readings, new ArrayList<>(expected.keySet()));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
        var meters = new ArrayList<>(expected.keySet());
        for (int i = 0; i < meters.size(); i++) {
            assertThat(answer.get("rows").get(i).get("values").get(0).asString())
                    .as("%s, degraded: %s", meters.get(i), answer.get("degraded"))
                    .isEqualTo(expected.get(meters.get(i)));
        }
        return answer;
    }

    private JsonNode lookup() {
        return lookup(readings, List.of("m0"));
    }

    private JsonNode lookup(Readings of, List<String> meters) {
        return server.api()
                .postJson(
                        "/online-features",
                        Map.of(
                                "features", List.of(of.view() + ":amount"),
                                "entities",
                                        meters.stream()
                                                .map(meter -> Map.of("meter", meter))
                                                .toList()))
                .expect(200)
                .json();
    }

    private String sendToAll() {
        long batch = ++sent;
        return readings.send(IntStream.range(0, METERS)
                        .mapToObj(i -> Readings.reading("m" + i, PAST.plusSeconds(batch), batch))
                        .toList())
                .expect(200)
                .json()
                .get("online")
                .asString();
    }

    private String send(String meter) {
        return readings.send(List.of(Readings.reading(meter, PAST, ++sent)))
                .expect(200)
                .json()
                .get("online")
                .asString();
    }

    private void awaitHealed() {
        Eventually.until(() -> !lookup().get("degraded").asBoolean(), () -> "still degraded");
        readings.awaitNothingOwed();
    }

    /** On the way, too, every lookup finds every key. */
    private void awaitHealedWhileLookingUp() {
        Eventually.until(() -> !checkLookup().get("degraded").asBoolean(), () -> "still degraded");
    }

    private void snapshot() {
        awaitCheckpointIn(redis);
        redis.call(RedisCommands::save);
    }

    /** One that is younger than all jobs that have ended: those that end after it are done again. */
    private void awaitCheckpointIn(RedisProcess process) {
        Eventually.until(
                () -> {
                    String checkpoint = process.call(commands -> commands.get("asof:checkpoint"));
                    return checkpoint != null && Long.parseLong(checkpoint.split(" ")[1]) > readings.count(NEWEST_END);
                },
                () -> "no checkpoint");
    }

    private long rebuilds() {
        return readings.count("select count(*) from asof.materialization where kind = 'online_rebuild'");
    }
}
