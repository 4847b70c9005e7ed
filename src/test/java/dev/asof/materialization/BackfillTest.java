package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.jobs.JobRun;
import dev.asof.offline.LogPosition;
import dev.asof.online.OnlineStore;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ViewVersion;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@AsofServerTest
class BackfillTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final String AMOUNT = "{name: amount, column: amount}";
    private static final String TWICE = "{name: twice, expression: \"amount * 2\"}";

    @LocalServerPort
    private int port;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private MaterializationJobs jobs;

    @Autowired
    private OnlineStore online;

    @Autowired
    private PlatformTransactionManager transactions;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    private Readings readings(String name) {
        return new Readings(api, dataSource, name);
    }

    private static Instant soon() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).plusSeconds(2);
    }

    private Readings withHistory(String name, int rows) {
        var readings = readings(name).defineSource();
        readings.defineView(AMOUNT).expect(200);
        assertThat(readings.versionState(1)).isEqualTo("ready");
        readings.stream(Readings.ndjson(rows, 500, PAST), Map.of()).expect(200);
        return readings;
    }

    @Test
    void V2_V3_aVersionRegisteredWhileClientsIngestMissesAndDoublesNothing() throws Exception {
        var readings = withHistory("busy", 60_000);
        var stop = new AtomicBoolean();
        var accepted = new AtomicLong(60_000);
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (int client = 0; client < 6; client++) {
                long seed = client;
                running.add(clients.submit(() -> postSmallBatches(readings, new Random(seed), stop, accepted)));
            }
            running.add(clients.submit((Callable<Void>) () -> {
                readings.stream(Readings.ndjson(30_000, 700, PAST.plusSeconds(1_000)), Map.of())
                        .expect(200);
                accepted.addAndGet(30_000);
                return null;
            }));
            readings.defineView(AMOUNT, TWICE).expect(200);
            readings.awaitReady(2);
            stop.set(true);
            for (var client : running) {
                client.get();
            }
        }
        readings.awaitNothingOwed();
        assertThat(readings.logRows()).isEqualTo(accepted.get());
        readings.checkComplete(1, "amount", "l.amount");
        readings.checkComplete(2, "amount", "l.amount");
        readings.checkComplete(2, "twice", "l.amount * 2");
        readings.checkOnline(1, "amount", Instant.now());
        readings.checkOnline(2, "twice", Instant.now());
        var job = readings.newestJob();
        assertThat(job.get("kind").asString()).isEqualTo("backfill");
        assertThat(job.get("state").asString()).isEqualTo("done");
        assertThat(job.get("rows_done").asLong()).isGreaterThanOrEqualTo(60_000);
        assertThat(job.get("rows_total").asLong())
                .isEqualTo(job.get("rows_done").asLong());
    }

    /** Out of order and over each other, with deletions. */
    private static Void postSmallBatches(Readings readings, Random random, AtomicBoolean stop, AtomicLong accepted) {
        while (!stop.get()) {
            var rows = new ArrayList<Map<String, Object>>();
            for (int i = 0; i < 5; i++) {
                Instant at = PAST.plus(random.nextInt(200_000), ChronoUnit.SECONDS);
                String meter = "m" + random.nextInt(800);
                rows.add(
                        random.nextInt(10) == 0
                                ? Map.of("meter", meter, "at", at.toString(), "gone", true)
                                : Readings.reading(meter, at, random.nextInt(1_000_000)));
            }
            readings.send(rows).expect(200);
            accepted.addAndGet(rows.size());
        }
        return null;
    }

    @Test
    void V3_aCompatibleVersionBecomesCurrentByItselfAndABreakingOneByPromotion() {
        var readings = withHistory("follow", 3_000);
        readings.defineView(AMOUNT, TWICE).expect(200);
        readings.awaitReady(2);
        assertThat(readings.count("select count(twice) from features.follow_view"))
                .isEqualTo(3_000);
        assertThat(readings.count("select follow_view__twice from features.follow_view_asof('m7', now())"))
                .isEqualTo(2 * 2_507);

        readings.defineView("{name: amount, expression: \"amount * 3\"}").expect(200);
        readings.awaitReady(3);
        assertThat(readings.count("select count(*) from features.follow_view where amount > 2999"))
                .isZero();
        api.post("/feature-views/follow_view/versions/3/promote", "application/json", "")
                .expect(200);
        assertThat(readings.count("select follow_view__amount from features.follow_view_asof('m7', now())"))
                .isEqualTo(3 * 2_507);
    }

    @Test
    void V3_aServiceVersionServesWhenTheBackfillsOfWhatItPinsAreDone() {
        var readings = withHistory("served", 100_000);
        readings.defineView(AMOUNT, TWICE).expect(200);
        String service = """
            kind: feature_service
            name: served_model
            features: ["served_view@v2:*"]
            """;
        api.apply(service).expect(200);
        var lookup = Map.of("feature_service", "served_model@v1", "entities", List.of(Map.of("meter", "m1")));
        assertThat(api.postJson("/online-features", lookup).status()).isEqualTo(409);
        readings.awaitReady(2);
        var values = api.postJson("/online-features", lookup)
                .expect(200)
                .json()
                .get("rows")
                .get(0)
                .get("values");
        assertThat(values.get(0).asLong()).isEqualTo(99_501);
        assertThat(values.get(1).asLong()).isEqualTo(2 * 99_501);
    }

    @Test
    void aCancelledBackfillGoesOnWhereItStopped() {
        var readings = withHistory("paused", 140_000);
        readings.defineView(AMOUNT, TWICE).expect(200);
        long job = readings.newestJob().get("id").asLong();
        Eventually.until(() -> readings.job(job).get("rows_done").asLong() > 0, () -> readings.job(job));
        api.post("/materializations/" + job + "/cancel", "application/json", "").expect(200);

        long done = readings.job(job).get("rows_done").asLong();
        assertThat(done).isPositive().isLessThan(140_000);
        assertThat(readings.job(job).get("state").asString()).isEqualTo("cancelled");
        assertThat(readings.versionState(2)).isEqualTo("candidate");
        assertThat(readings.count("select count(*) from offline.paused_view__v2"))
                .isEqualTo(done);

        api.post("/materializations/" + job + "/resume", "application/json", "").expect(200);
        assertThat(readings.awaitJob(job, "done").get("rows_done").asLong()).isEqualTo(140_000);
        readings.checkComplete(2, "twice", "l.amount * 2");
        assertThat(api.post("/materializations/" + job + "/resume", "application/json", "")
                        .status())
                .isEqualTo(409);
        assertThat(api.post("/materializations/" + job + "/cancel", "application/json", "")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void cancellingAndResumingAtOnceNeitherStopsTheBackfillNorDoublesRows() {
        var readings = withHistory("nervous", 120_000);
        readings.defineView(AMOUNT, TWICE).expect(200);
        long job = readings.newestJob().get("id").asLong();
        for (int i = 0; i < 20; i++) {
            api.post("/materializations/" + job + "/cancel", "application/json", "");
            api.post("/materializations/" + job + "/resume", "application/json", "");
        }
        readings.awaitJob(job, "done");
        readings.awaitReady(2);
        readings.checkComplete(2, "twice", "l.amount * 2");
    }

    @Test
    void aRunThatWasTakenForDeadOrWasReplacedDoesNothingMore() {
        var transaction = new TransactionTemplate(transactions);
        var version = new ViewVersion(new FeatureViewName("nothing"), 1);
        JobRun first = jobs.createBackfill(version, new BatchId(5));
        assertThat(jobs.table().start(first)).isTrue();
        transaction.executeWithoutResult(_ -> {
            assertThat(jobs.hold(first, LogPosition.START)).isTrue();
            jobs.advance(first, new LogPosition(77), 10);
        });
        transaction.executeWithoutResult(_ -> {
            assertThat(jobs.hold(first, LogPosition.START))
                    .as("the other server was faster")
                    .isFalse();
            assertThat(jobs.hold(first, new LogPosition(77))).isTrue();
        });
        jobs.table().cancel(first.job());
        JobRun second = jobs.table().resume(first.job()).orElseThrow();
        assertThat(jobs.table().start(first)).isFalse();
        assertThat(jobs.table().start(second)).isTrue();
        transaction.executeWithoutResult(
                _ -> assertThat(jobs.hold(first, new LogPosition(77))).isFalse());
        assertThat(jobs.count(first, 1)).isFalse();
        assertThat(jobs.done(first)).isFalse();
        jobs.table().fail(first, "late");
        assertThat(jobs.done(second)).isTrue();
    }

    @Test
    void aRetiredVersionsJobStops() {
        var readings = withHistory("retired", 140_000);
        readings.defineView(AMOUNT, TWICE).expect(200);
        long job = readings.newestJob().get("id").asLong();
        Eventually.until(() -> readings.job(job).get("rows_done").asLong() > 0, () -> readings.job(job));
        api.post("/feature-views/retired_view/versions/2/retire", "application/json", "")
                .expect(200);

        assertThat(readings.job(job).get("state").asString()).isEqualTo("cancelled");
        assertThat(readings.count("select count(*) from pg_class where relname = 'retired_view__v2'"))
                .isZero();
        Eventually.until(
                () -> readings.count(
                                "select count(*) from asof.scheduled_tasks where task_instance like '" + job + ".%'")
                        == 0,
                () -> "still scheduled");
        assertThat(readings.job(job).get("state").asString()).isEqualTo("cancelled");
        assertThat(api.post("/materializations/" + job + "/resume", "application/json", "")
                        .status())
                .isEqualTo(409);
        var rebuild = api.post("/feature-views/retired_view/materializations", "application/json", "{\"version\": 2}");
        assertThat(rebuild.expect(409).body()).contains("retired_view@v2", "retired", "can't be rebuilt");
        assertThat(readings.newestJob().get("id").asLong()).as("no other job").isEqualTo(job);
        readings.checkComplete(1, "amount", "l.amount");
    }

    @Test
    void rowsAfterBlankLinesAndRefusedRowsAreBackfilledToo() {
        var readings = readings("gaps").defineSource();
        var body = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            body.append(i % 3 == 0 ? "\n \n" : "");
            body.append(
                    i % 100 == 7
                            ? "{\"meter\":\"m1\",\"at\":\"never\"}\n"
                            : "{\"meter\":\"m%s\",\"at\":\"%s\",\"amount\":%s}\n"
                                    .formatted(i % 10, PAST.plusSeconds(i), i));
        }
        var answer = readings.stream(body.toString(), Map.of()).expect(200).json();
        assertThat(answer.get("quarantined").asInt()).isEqualTo(3);
        readings.defineView(AMOUNT).expect(200);
        readings.awaitReady(1);
        assertThat(readings.logRows()).isEqualTo(297);
        readings.checkComplete(1, "amount", "l.amount");
        readings.checkOnline(1, "amount", Instant.now());
    }

    @Test
    void rowsThatTogetherAreLargerThanABufferAreBackfilledOnce() {
        var readings = readings("wide").defineSource("{name: text, type: STRING}");
        var body = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            body.append("{\"meter\":\"m%s\",\"at\":\"%s\",\"text\":\"%s\"}\n"
                    .formatted(i % 3, PAST.plusSeconds(i), "x".repeat(500_000) + i));
        }
        readings.stream(body.toString(), Map.of()).expect(200);
        readings.defineView("{name: text, column: text}").expect(200);
        readings.awaitReady(1);
        assertThat(readings.logRows()).isEqualTo(40);
        readings.checkComplete(1, "text", "l.text");
    }

    @Test
    void aSourceCreatedAgainBeginsWithNothing() {
        var readings = readings("again").defineSource();
        String rows = "{\"meter\":\"m1\",\"at\":\"%s\",\"amount\":1}\n{\"meter\":\"m1\",\"at\":\"x\"}";
        readings.stream(rows.formatted(PAST), Map.of()).expect(200);
        api.delete("/sources/again_rows").expect(200);
        readings.defineSource();
        readings.defineView(AMOUNT).expect(200);
        assertThat(readings.versionState(1)).isEqualTo("ready");
        assertThat(api.get("/sources/again_rows/quarantine").json().get("items").size())
                .isZero();
    }

    @Test
    void aDeletedSourceThatStillOwedRowsHoldsUpNoOther() {
        var readings = readings("doomed").defineSource();
        readings.defineView(AMOUNT).expect(200);
        assertThat(readings.send(List.of(Readings.reading("m1", soon(), 1)))
                        .expect(200)
                        .json()
                        .get("online")
                        .asString())
                .isEqualTo("scheduled");
        api.delete("/feature-views/doomed_view").expect(200);
        api.delete("/sources/doomed_rows").expect(200);

        var other = readings("spared").defineSource();
        other.defineView(AMOUNT).expect(200);
        other.send(List.of(Readings.reading("m1", soon(), 5))).expect(200);
        Eventually.until(() -> other.online(1, "amount", List.of("m1")).containsValue("5"), () -> "not online");
    }

    @Test
    void aRebuildBringsEverythingBackOnline() {
        var readings = withHistory("lost", 3_000);
        long view = readings.count("select id from asof.definition_version where name = 'lost_view'");
        online.clear(view);
        assertThat(readings.online(1, "amount", List.of("m1"))).containsValue("");
        var job = api.post("/feature-views/lost_view/materializations", "application/json", "")
                .expect(202)
                .json();
        assertThat(job.get("kind").asString()).isEqualTo("online_rebuild");
        var done = readings.awaitJob(job.get("id").asLong(), "done");
        assertThat(done.get("rows_done").asLong()).isEqualTo(500);
        assertThat(done.get("rows_total").asLong()).isEqualTo(500);
        readings.checkOnline(1, "amount", Instant.now());

        online.clear(view);
        var all = api.post("/online-store/rebuild", "application/json", "")
                .expect(202)
                .json()
                .get("items");
        for (var each : all) {
            readings.awaitJob(each.get("id").asLong(), "done");
        }
        readings.checkOnline(1, "amount", Instant.now());
    }
}
