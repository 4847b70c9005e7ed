package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient.Answer;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import dev.asof.support.SlowUpload;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More requests than a server takes at once, and a server that is told to stop while it has some. */
@Timeout(180)
class LimitsTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final int LIMIT = 2;
    private static final int SLOW_SENDERS = 20;
    private static final List<SlowlySent> SLOWLY_SENT = List.of(
            new SlowlySent("/api/v1/online-features", "application/json"),
            new SlowlySent("/api/v1/sources/limited_rows/rows", "application/x-ndjson"),
            new SlowlySent("/api/v1/definitions", "application/yaml"),
            new SlowlySent("/api/v1/sources/draft", "text/csv"),
            new SlowlySent("/api/v1/historical-features", "application/json"),
            new SlowlySent("/api/v1/historical-features", "multipart/form-data; boundary=b"),
            new SlowlySent("/api/v1/training-datasets", "multipart/form-data; boundary=b"));

    private record SlowlySent(String path, String type) {}

    private static StartedServer server;
    private static Readings readings;

    @BeforeAll
    static void start() {
        server = StartedServer.on(
                TestStores.newDatabase(),
                TestStores.newRedisUri(),
                "asof.limits.lookups=" + LIMIT,
                "asof.limits.ingestion=" + LIMIT,
                "asof.limits.other=" + LIMIT,
                "asof.limits.body-grace=1s");
        readings = new Readings(server.api(), server.dataSource(), "limited").defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** What {@code RequestLimitsTest} does not see: that Tomcat's requests come there. */
    @Test
    void moreRowsThanTheLimitAreRefusedAtOnceAndLookupsGoOn() throws Exception {
        send().expect(200);
        var answers = new ArrayList<Future<Answer>>();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor();
                var lock = server.dataSource().getConnection()) {
            lock.setAutoCommit(false);
            lock.createStatement().execute("lock table asof.batch in exclusive mode");
            for (int i = 0; i < 10 * LIMIT; i++) {
                answers.add(clients.submit((Callable<Answer>) LimitsTest::send));
            }
            Eventually.until(
                    () -> answers.stream().filter(Future::isDone).count() == 9 * LIMIT,
                    () -> answers.stream().map(Future::state).toList());
            assertThat(lookup().status()).isEqualTo(200);
            lock.rollback();
        }
        for (var answer : answers) {
            assertThat(answer.get().status()).isIn(200, 429);
            if (answer.get().status() == 429) {
                isRefusal(answer.get());
            }
        }
        Eventually.until(() -> send().status() == 200, LimitsTest::send);
    }

    /** All kinds at once: they wait for the same time. */
    @Test
    void slowSendersHoldNoPlaceAndAreEnded() throws Exception {
        var slow = new ArrayList<SlowUpload>();
        try {
            for (var request : SLOWLY_SENT) {
                for (int i = 0; i < SLOW_SENDERS; i++) {
                    slow.add(SlowUpload.announce(server.port(), request.path(), request.type(), 100_000));
                }
            }
            assertThat(lookup().status()).isEqualTo(200);
            assertThat(send().status()).isEqualTo(200);
            assertThat(server.api().get("/entities").status()).isEqualTo(200);

            // each a few bytes a second, far from a body's end
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < 2_500_000_000L) {
                for (var sender : slow) {
                    sendQuietly(sender);
                }
                Thread.sleep(100);
            }
            for (int i = 0; i < slow.size(); i++) {
                assertThat(slow.get(i).answered())
                        .as("%s", SLOWLY_SENT.get(i / SLOW_SENDERS))
                        .isEqualTo(408);
            }
        } finally {
            for (var sender : slow) {
                sender.close();
            }
        }
        assertThat(lookup().status()).isEqualTo(200);
        assertThat(send().status()).isEqualTo(200);
    }

    /** One that was ended takes no more. */
    private static void sendQuietly(SlowUpload sender) {
        try {
            sender.send("-");
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|closed).*");
        }
    }

    @Test
    void afterAFloodEverythingIsTakenAgainAndWhatWasAcknowledgedIsThere() throws Exception {
        long before = readings.logRows();
        var answers = new ArrayList<Future<Answer>>();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                answers.add(clients.submit((Callable<Answer>) LimitsTest::send));
            }
        }
        int accepted = 0;
        for (var answer : answers) {
            assertThat(answer.get().status()).isIn(200, 429);
            accepted += answer.get().status() == 200 ? 1 : 0;
        }
        assertThat(accepted).isPositive();
        assertThat(readings.logRows()).isEqualTo(before + accepted);
        Eventually.until(() -> send().status() == 200, LimitsTest::send);
    }

    private static void isRefusal(Answer answer) {
        assertThat(answer.expect(429).json().get("code").asString()).isEqualTo("too_many_requests");
        assertThat(answer.json().get("request_id").asString()).isNotEmpty();
        assertThat(answer.retryAfter()).isPositive();
    }

    private static Answer lookup() {
        return server.api()
                .postJson(
                        "/online-features",
                        Map.of(
                                "features", List.of(readings.view() + "@v1:amount"),
                                "entities", List.of(Map.of("meter", "m1"))));
    }

    private static Answer send() {
        return readings.send(List.of(Readings.reading("m1", PAST, 1)));
    }
}
