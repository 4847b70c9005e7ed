package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient.Answer;
import dev.asof.support.Eventually;
import dev.asof.support.IngestionCrowd;
import dev.asof.support.PostgresProcess;
import dev.asof.support.Readings;
import dev.asof.support.StartedServer;
import dev.asof.support.SteadyLoad;
import dev.asof.support.TestStores;
import dev.asof.support.Warnings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose Postgres is killed, or hangs. */
@Timeout(240)
class PostgresFaultsTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<String> METERS =
            IntStream.range(0, 50).mapToObj(i -> "m" + i).toList();
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(2);
    private static final Duration ANSWER_LIMIT = SILENCE_LIMIT.plusSeconds(10);
    private static final int LOOKUPS = 100;

    /** On a machine that others use too; a quarter of a second without anything else to do. */
    private static final Duration LOOKUPS_LIMIT = Duration.ofSeconds(10);

    @TempDir
    private static Path directory;

    private static PostgresProcess postgres;
    private static StartedServer server;
    private static Readings readings;

    @BeforeAll
    static void start() {
        postgres = PostgresProcess.start(directory);
        server = StartedServer.on(
                postgres.database(),
                TestStores.newRedisUri(),
                "asof.offline.silence-limit=" + SILENCE_LIMIT,
                // Redis is there all the time, also when the machine is busy.
                "asof.online.lookup-timeout=10s");
        readings = new Readings(server.api(), server.dataSource(), "away").defineSource(IngestionCrowd.columns());
        readings.defineView("{name: amount, column: amount}").expect(200);
        readings.send(METERS.stream()
                        .map(meter -> Readings.reading(meter, PAST, 1))
                        .toList())
                .expect(200);
    }

    @AfterAll
    static void stop() {
        server.close();
        postgres.close();
    }

    @Test
    void O3_whilePostgresHangsLookupsGoOnAndIngestionIsRefusedUntilItAnswersAgain() throws Exception {
        var load = new SteadyLoad(server.api(), server.dataSource(), "steady").awaitWhole();
        var warnings = new Warnings();
        var crowd = crowd("hung");
        Future<Answer> underWay;
        postgres.hang();
        try {
            underWay = begin("under-way");
            noLookupWaits();
            refusedWithinItsLimit(underWay.get(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS));
            noLookupWaits();
            long before = System.nanoTime();
            refusedWithinItsLimit(send("known-away"));
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
        } finally {
            postgres.goOn();
        }
        recovers(crowd, load, warnings);
    }

    /** Both kinds are about to read when Postgres hangs, others begin afterwards; more than there are permits. */
    @Test
    void O3_spinesFromPostgresEndWhileItHangs() throws Exception {
        var spines = List.<Map<String, Object>>of(
                Map.of("source", readings.source()),
                Map.of("sql", "select meter, at as as_of from sources." + readings.source()));
        var underWay = new ArrayList<Future<Answer>>();
        try (var lock = server.dataSource().getConnection()) {
            lock.setAutoCommit(false);
            lock.createStatement()
                    .execute("lock table offline.%s__log in access exclusive mode".formatted(readings.source()));
            spines.forEach(spine -> underWay.add(join(spine)));
            Eventually.until(() -> readings.count("""
                select count(*) from pg_stat_activity
                where wait_event_type = 'Lock' and query like '%sources%'
                """) == 2, () -> "no spine is read");
            postgres.hang();
            try {
                spines.forEach(spine -> underWay.add(join(spine)));
                for (var answer : underWay) {
                    refusedWithinItsLimit(answer.get(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS));
                }
            } finally {
                postgres.goOn();
            }
        } catch (SQLException e) {
            // the lock's connection was broken off too
        }
        for (int i = 0; i < 5; i++) {
            for (var spine : spines) {
                Eventually.until(() -> joined(spine).status() == 200, () -> joined(spine));
            }
        }
    }

    private static Future<Answer> join(Map<String, Object> spine) {
        var joining = new FutureTask<>(() -> joined(spine));
        Thread.ofVirtual().start(joining);
        return joining;
    }

    private static Answer joined(Map<String, Object> spine) {
        return server.api()
                .postJson(
                        "/historical-features",
                        Map.of("features", List.of(readings.view() + ":amount"), "spine", spine));
    }

    @Test
    void O3_whilePostgresIsKilledLookupsGoOnAndIngestionIsRefusedUntilItIsBack() {
        var load = new SteadyLoad(server.api(), server.dataSource(), "steady").awaitWhole();
        var warnings = new Warnings();
        var crowd = crowd("killed");
        postgres.kill();
        try {
            refusedWithinItsLimit(send("to-nobody"));
            noLookupWaits();
        } finally {
            postgres.startAgain();
        }
        recovers(crowd, load, warnings);
    }

    @Test
    void O3_aBatchThatIsOnlineIsNotMissingThereWhenPostgresCanNotNoteIt() throws Exception {
        readings.execute("""
            create function refuse() returns trigger language plpgsql as
            $$ begin raise exception 'as if it were away'; end $$
            """);
        readings.execute("""
            create trigger refuse before update on asof.online_work for each row execute function refuse()
            """);
        try {
            Instant due = Instant.now().plusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
            var answer = readings.send(List.of(Readings.reading("noted", PAST, 7), Readings.reading("noted", due, 8)))
                    .expect(200);
            assertThat(answer.json().get("online").asString()).isEqualTo("scheduled");
            assertThat(readings.lookUp(1, "amount", List.of("noted"))
                            .get("degraded")
                            .asBoolean())
                    .isFalse();
            assertThat(readings.online(1, "amount", List.of("noted"))).containsEntry("noted", "7");
        } finally {
            execute("drop trigger refuse on asof.online_work");
        }
    }

    @Test
    void I2_aBatchWhoseCommitWasNotAnsweredIsSettledByRepeatingItsKey() throws Exception {
        readings.execute("""
            create function slow() returns trigger language plpgsql as
            $$ begin perform pg_sleep(1.5); return null; end $$
            """);
        readings.execute("""
            create constraint trigger slow_commit after insert on asof.batch deferrable initially deferred
            for each row execute function slow()
            """);
        try {
            var unanswered = begin("unanswered");
            Eventually.until(() -> readings.count("""
                select count(*) from pg_stat_activity where query = 'COMMIT' and state = 'active'
                """) == 1, () -> "no commit");
            postgres.hang();
            Answer answer;
            try {
                answer = unanswered.get(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS);
            } finally {
                postgres.goOn();
            }
            assertThat(answer.expect(503).json().get("code").asString()).isEqualTo("commit_uncertain");
            assertThat(answer.json().get("detail").asString()).contains("Idempotency-Key");
        } finally {
            execute("drop trigger slow_commit on asof.batch");
        }
        Eventually.until(() -> send("unanswered").status() == 200, () -> send("unanswered"));
        assertThat(readings.count(rowsOf("unanswered"))).isOne();
        readings.awaitOnline(1, "amount");
    }

    @Test
    void aStatementMayTakeLongerThanPostgresMayBeSilent() {
        double seconds = SILENCE_LIMIT.toMillis() / 1e3 + 0.5;

        assertThat(readings.count("select 1 from pg_sleep(%s)".formatted(seconds)))
                .isOne();
    }

    private static IngestionCrowd crowd(String name) {
        var crowd = new IngestionCrowd(name, readings, server.dataSource(), List.of(server.api()), 4, 1);
        Eventually.until(() -> crowd.acknowledged() > 20, crowd::acknowledged);
        return crowd;
    }

    private static void recovers(IngestionCrowd crowd, SteadyLoad load, Warnings warnings) {
        assertThat(load.refused()).isPositive();
        load.awaitWhole();
        warnings.checkFew(1);
        warnings.close();
        load.close();
        crowd.stop();
        crowd.check();
        readings.checkComplete(1, "amount", "l.amount");
        readings.awaitOnline(1, "amount");
        long job = server.api()
                .postJson("/feature-views/" + readings.view() + "/materializations", Map.of())
                .expect(202)
                .json()
                .get("id")
                .asLong();
        readings.awaitJob(job, "done");
    }

    /** Of keys that nothing else writes to: neither one for Postgres, nor all of them a little. */
    private static void noLookupWaits() {
        long begin = System.nanoTime();
        for (int i = 0; i < LOOKUPS; i++) {
            long before = System.nanoTime();
            assertThat(readings.online(1, "amount", METERS)).hasSize(METERS.size());
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SILENCE_LIMIT);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LOOKUPS_LIMIT);
    }

    private static Answer send(String key) {
        return server.api()
                .post(
                        "/sources/" + readings.source() + "/rows",
                        "application/json",
                        "{\"rows\":[{\"meter\":\"m1\",\"at\":\"%s\",\"amount\":2,\"batch\":\"%s\",\"number\":0}]}"
                                .formatted(PAST, key)
                                .getBytes(StandardCharsets.UTF_8),
                        Map.of("Idempotency-Key", key));
    }

    private static Future<Answer> begin(String key) {
        var sending = new FutureTask<>(() -> send(key));
        Thread.ofVirtual().start(sending);
        return sending;
    }

    private static void refusedWithinItsLimit(Answer answer) {
        assertThat(answer.expect(503).json().get("code").asString()).isEqualTo("unavailable");
        assertThat(answer.retryAfter()).isPositive();
    }

    private static String rowsOf(String batch) {
        return "select count(*) from offline.%s__log where batch = '%s'".formatted(readings.source(), batch);
    }

    /** Over a connection of its own: those of the pool may be broken. */
    private static void execute(String sql) throws SQLException {
        try (var connection = postgres.database().connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
