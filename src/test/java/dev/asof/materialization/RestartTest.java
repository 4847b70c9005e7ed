package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import dev.asof.support.StartedServer;
import dev.asof.support.SteadyLoad;
import dev.asof.support.TestStores;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that stop and start and run side by side, on a Postgres that stays and a Redis that fails. */
class RestartTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final String AMOUNT = "{name: amount, column: amount}";
    private static final String TWICE = "{name: twice, expression: \"amount * 2\"}";
    private static final String IMPATIENT = "asof.online.write-timeout=1s";

    @TempDir
    private static Path directory;

    private static EmbeddedStores redis;

    @BeforeAll
    static void startRedis() {
        redis = EmbeddedStores.start(new EmbeddedSettings(
                directory, Path.of("target", "embedded-binaries"), Durability.THROWAWAY, false, true));
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    private static String redisUri(int database) {
        return redis.redisUri().orElseThrow().replaceFirst("(//[^/?]*)(/[0-9]*)?", "$1/" + database);
    }

    private static String inRedis(int database, Function<RedisCommands<String, String>, String> command) {
        try (var client = RedisClient.create(redisUri(database));
                var connection = client.connect()) {
            return command.apply(connection.sync());
        }
    }

    private static String processId() {
        return inRedis(0, commands -> commands.info("server"))
                .lines()
                .filter(line -> line.startsWith("process_id:"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElseThrow();
    }

    private static void signal(String process, String signal) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, process).start().waitFor())
                .isZero();
    }

    @Test
    void V3_aBackfillWhoseServerStoppedGoesOnWhereItWasAndDoublesNothing() {
        var database = TestStores.newDatabase();
        long job;
        try (var server = StartedServer.on(database, redisUri(1))) {
            var readings = new Readings(server.api(), server.dataSource(), "kept").defineSource();
            readings.defineView(AMOUNT).expect(200);
            readings.stream(Readings.ndjson(140_000, 500, PAST), Map.of("Idempotency-Key", "load"))
                    .expect(200);
            readings.defineView(AMOUNT, TWICE).expect(200);
            job = readings.newestJob().get("id").asLong();
            Eventually.until(() -> readings.job(job).get("rows_done").asLong() > 0, () -> readings.job(job));
        }
        try (var server = StartedServer.on(database, redisUri(1))) {
            var readings = new Readings(server.api(), server.dataSource(), "kept");
            var resumed = readings.job(job);
            assertThat(resumed.get("rows_done").asLong()).isPositive();
            readings.awaitJob(job, "done");
            readings.awaitReady(2);
            assertThat(readings.job(job).get("rows_done").asLong()).isEqualTo(140_000);
            readings.checkComplete(2, "twice", "l.amount * 2");
            readings.checkOnline(2, "twice", Instant.now());

            var again = readings.stream(Readings.ndjson(140_000, 500, PAST), Map.of("Idempotency-Key", "load"));
            assertThat(again.expect(200).json().get("accepted").asInt()).isEqualTo(140_000);
            assertThat(readings.logRows()).as("I2 across a restart").isEqualTo(140_000);
        }
    }

    @Test
    void I1_whatRedisCouldNotTakeIsPendingAndComesOnlineByItself() throws Exception {
        String process = processId();
        var database = TestStores.newDatabase();
        try (var server = StartedServer.on(database, redisUri(2), IMPATIENT)) {
            var readings = new Readings(server.api(), server.dataSource(), "hung").defineSource();
            readings.defineView(AMOUNT).expect(200);
            assertThat(readings.send(List.of(Readings.reading("m0", PAST, 1)))
                            .json()
                            .get("online")
                            .asString())
                    .isEqualTo("applied");
            var load = new SteadyLoad(server.api(), server.dataSource(), "steady").awaitWhole();
            signal(process, "STOP");
            try {
                assertThat(readings.send(List.of(Readings.reading("m1", PAST, 2)))
                                .expect(200)
                                .json()
                                .get("online")
                                .asString())
                        .isEqualTo("pending");
                assertThat(readings.stream(Readings.ndjson(5_000, 100, PAST), Map.of("Idempotency-Key", "k"))
                                .expect(200)
                                .json()
                                .get("online")
                                .asString())
                        .isEqualTo("pending");
                assertThat(readings.logRows()).isEqualTo(5_002);
            } finally {
                signal(process, "CONT");
            }
            load.awaitWhole().close();
            readings.awaitNothingOwed();
            readings.checkOnline(1, "amount", Instant.now());
        }
    }

    @Test
    void I1_rowsWhoseServerDiedBeforeRedisTookThemComeOnlineAtTheNextStart() {
        var database = TestStores.newDatabase();
        try (var server = StartedServer.on(database, "redis://127.0.0.1:1/0")) {
            var readings = new Readings(server.api(), server.dataSource(), "owed").defineSource();
            readings.defineView(AMOUNT).expect(200);
            assertThat(readings.send(List.of(Readings.reading("m1", PAST, 7)))
                            .expect(200)
                            .json()
                            .get("online")
                            .asString())
                    .isEqualTo("pending");
        }
        try (var server = StartedServer.on(database, redisUri(3))) {
            var readings = new Readings(server.api(), server.dataSource(), "owed");
            Eventually.until(() -> readings.online(1, "amount", List.of("m1")).containsValue("7"), () -> "not online");
        }
    }

    @Test
    void I3_twoServersAnOutOfOrderCrowdAndAnEmptiedRedisEndInTheRowsOfRuleA1() throws Exception {
        var database = TestStores.newDatabase();
        try (var one = StartedServer.on(database, redisUri(4));
                var two = StartedServer.on(database, redisUri(4))) {
            var readings = new Readings(one.api(), one.dataSource(), "pair").defineSource();
            readings.defineView(AMOUNT).expect(200);
            var other = new Readings(two.api(), two.dataSource(), "pair");
            Eventually.until(
                    () -> two.api().get("/feature-views/pair_view").status() == 200,
                    () -> "not seen by the other server");
            try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
                var running = new ArrayList<Future<?>>();
                for (int client = 0; client < 8; client++) {
                    var to = client % 2 == 0 ? readings : other;
                    var random = new Random(client);
                    running.add(clients.submit((Callable<Void>) () -> {
                        for (int i = 0; i < 30; i++) {
                            to.send(overlapping(random)).expect(200);
                        }
                        return null;
                    }));
                }
                readings.defineView(AMOUNT, TWICE).expect(200);
                for (var client : running) {
                    client.get();
                }
            }
            readings.awaitReady(2);
            readings.awaitNothingOwed();
            readings.checkComplete(1, "amount", "l.amount");
            readings.checkComplete(2, "twice", "l.amount * 2");
            readings.checkOnline(1, "amount", Instant.now());
            readings.checkOnline(2, "twice", Instant.now());
            aFlushedRedisHealsByItself(readings);
            anotherStoresRowsAreReplaced(readings);
        }
    }

    private static List<Map<String, Object>> overlapping(Random random) {
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 20; i++) {
            Instant at = PAST.plus(random.nextInt(50), ChronoUnit.SECONDS);
            rows.add(
                    random.nextInt(12) == 0
                            ? Map.of("meter", "m" + random.nextInt(30), "at", at.toString(), "gone", true)
                            : Readings.reading("m" + random.nextInt(30), at, random.nextInt(1_000_000)));
        }
        return rows;
    }

    private static void aFlushedRedisHealsByItself(Readings readings) {
        long before = rebuilds(readings);
        inRedis(4, RedisCommands::flushdb);
        awaitRebuilds(readings, before);
        readings.checkOnline(1, "amount", Instant.now());
        readings.checkOnline(2, "twice", Instant.now());
    }

    private static void anotherStoresRowsAreReplaced(Readings readings) {
        long before = rebuilds(readings);
        readings.execute("update asof.store set id = gen_random_uuid()");
        readings.execute("delete from offline.pair_view__v1 where meter = 'm3'");
        awaitRebuilds(readings, before);
        assertThat(readings.online(1, "amount", List.of("m3"))).containsValue("");
    }

    private static long rebuilds(Readings readings) {
        return readings.count("select count(*) from asof.materialization where kind = 'online_rebuild'");
    }

    /** Both servers see it, one acts: a rebuild for each version. */
    private static void awaitRebuilds(Readings readings, long before) {
        Eventually.until(() -> readings.count("""
            select count(*) from asof.materialization
            where kind = 'online_rebuild' and state = 'done' and rows_done > 0
            """) == before + 2, readings::newestJob);
        assertThat(rebuilds(readings)).isEqualTo(before + 2);
    }
}
