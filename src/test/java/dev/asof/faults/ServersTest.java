package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import dev.asof.support.IngestionCrowd;
import dev.asof.support.Readings;
import dev.asof.support.RoundRobin;
import dev.asof.support.ServerProcess;
import dev.asof.support.TestStores;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Two servers on the same stores, in processes of their own that are killed and restarted. */
@Timeout(300)
class ServersTest {

    private static final Instant PAST = Instant.parse("2025-01-01T00:00:00Z");
    private static final String AMOUNT = "{name: amount, column: amount}";
    private static final String TWICE = "{name: twice, expression: \"amount * 2\"}";
    private static final int BACKFILLED_ROWS = 160_000;

    private static DriverManagerDataSource dataSource;
    private static String redisUri;
    private static ServerProcess one;
    private static ServerProcess two;
    private static Readings readings;

    @BeforeAll
    static void start() {
        var database = TestStores.newDatabase();
        redisUri = TestStores.newRedisUri();
        dataSource = new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
        one = ServerProcess.start("one", database, redisUri);
        two = ServerProcess.start("two", database, redisUri);
        one.awaitReady();
        two.awaitReady();
        readings = new Readings(one.api(), dataSource, "servers").defineSource(IngestionCrowd.columns());
        readings.defineView(AMOUNT).expect(200);
    }

    @AfterAll
    static void stop() {
        one.close();
        two.close();
    }

    @BeforeEach
    void bothRun() {
        one.ensureRuns().awaitReady();
        two.ensureRuns().awaitReady();
    }

    @Test
    void I1_I3_V3_whatWasAcknowledgedAndTheBackfillOfAServerThatIsKilledAreThereOnce() {
        var backfilled = new Readings(two.api(), dataSource, "moved").defineSource();
        backfilled.defineView(AMOUNT).expect(200);
        backfilled.stream(Readings.ndjson(BACKFILLED_ROWS, 300, PAST), Map.of()).expect(200);
        var crowd = new IngestionCrowd("killed", readings, dataSource, List.of(one.api(), two.api()), 6, 1);
        awaitMore(crowd);
        backfilled.defineView(AMOUNT, TWICE).expect(200);
        long job = backfilled.newestJob().get("id").asLong();
        Eventually.until(() -> backfilled.job(job).get("rows_done").asLong() > 0, () -> backfilled.job(job));

        var killed = runsBackfill(one) ? one : two;
        killed.kill();
        var other = new Readings((killed == one ? two : one).api(), dataSource, "moved");
        assertThat(other.job(job).get("state").asString()).isEqualTo("running");
        killed.startAgain();
        awaitMore(crowd);
        crowd.stop();

        assertThat(crowd.check().acknowledged()).isGreaterThan(60);
        killed.awaitReady();
        readings.awaitOnline(1, "amount");
        readings.checkComplete(1, "amount", "l.amount");
        other.awaitReady(2);
        assertThat(other.job(job).get("rows_done").asLong()).isEqualTo(BACKFILLED_ROWS);
        other.checkComplete(2, "twice", "l.amount * 2");
        other.awaitOnline(2, "twice");
    }

    /** Late rows, deletions and rows ahead of the clock among them. */
    @Test
    void W7_I1_O3_aggregatesAreThoseOfPostgresThoughAServerIsKilledAndRedisIsEmptied() {
        var windows = new Readings(one.api(), dataSource, "windows").defineSource(IngestionCrowd.columns());
        windows.defineView(
                        "{name: n, aggregate: count, window: 365d}",
                        "{name: total, aggregate: sum, column: amount, window: unbounded}",
                        "{name: newest, aggregate: last, column: amount, window: 400d}",
                        AMOUNT)
                .expect(200);
        Eventually.until(
                () -> two.api().get("/feature-views/windows_view").status() == 200, () -> "not seen by the other");
        var crowd = new IngestionCrowd("windows", windows, dataSource, List.of(one.api(), two.api()), 6, 2);
        awaitMore(crowd);
        two.kill();
        two.startAgain();
        awaitMore(crowd);
        try (var client = RedisClient.create(redisUri)) {
            client.connect().sync().flushdb();
        }
        awaitMore(crowd);
        crowd.stop();
        two.awaitReady();

        assertThat(crowd.check().acknowledged()).isGreaterThan(90);
        for (String feature : List.of("n", "total", "newest", "amount")) {
            windows.awaitOnline(1, feature);
        }
        windows.awaitNothingOwed();
        Eventually.until(
                () -> windows.count("select count(*) from asof.left_out where source = 'windows_rows'") == 0,
                () -> "rows are left out");
        for (String feature : List.of("n", "total", "newest", "amount")) {
            windows.checkOnline(1, feature, Instant.now());
        }
    }

    private static void awaitMore(IngestionCrowd crowd) {
        long before = crowd.acknowledged();
        Eventually.until(() -> crowd.acknowledged() > before + 30, crowd::acknowledged);
    }

    @Test
    void aChangeOfTheRegistryIsSeenByTheOtherServerWithinASecond() {
        var delays = new ArrayList<Duration>();
        for (int i = 0; i < 5; i++) {
            String name = "seen_elsewhere_" + i;
            one.api()
                    .apply("{kind: entity, name: %s, keys: [{name: id, type: STRING}]}".formatted(name))
                    .expect(200);
            long applied = System.nanoTime();
            Eventually.until(() -> two.api().get("/entities/" + name).status() == 200, () -> name);
            delays.add(Duration.ofNanos(System.nanoTime() - applied));
        }
        assertThat(delays.stream().sorted().toList().get(2)).as("median").isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void noLookupFailsWhileTheServersAreRestartedOneAfterTheOther() {
        readings.send(List.of(Readings.reading("rolling", PAST, 1))).expect(200);
        String lookup = """
            {"features": ["servers_view@v1:amount"], "entities": [{"meter": "rolling"}]}\
            """;
        try (var clients = new RoundRobin(List.of(one, two), 4, "/online-features", lookup)) {
            Eventually.until(() -> clients.answered(one) > 10 && clients.answered(two) > 10, clients::failures);
            one.terminate();
            one.awaitExit();
            one.startAgain().awaitReady();
            int before = clients.answered(one);
            two.terminate();
            two.awaitExit();
            Eventually.until(() -> clients.answered(one) > before + 10, clients::failures);
            assertThat(clients.failures()).isEmpty();
        }
    }

    private static boolean runsBackfill(ServerProcess server) {
        return JdbcClient.create(dataSource)
                .sql("select exists (select from asof.scheduled_tasks where task_name = 'materialization' "
                        + "and picked and picked_by like :server)")
                .param("server", "%-" + server.pid())
                .query(Boolean.class)
                .single();
    }
}
