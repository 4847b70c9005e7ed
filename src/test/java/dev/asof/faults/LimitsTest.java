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

    private static StartedServer server;
    private static Readings readings;

    @BeforeAll
    static void start() {
        server = StartedServer.on(
                TestStores.newDatabase(),
                TestStores.newRedisUri(),
                "asof.limits.lookups=" + LIMIT,
                "asof.limits.ingestion=" + LIMIT,
                "asof.limits.body-memory=64KB");
        readings = new Readings(server.api(), server.dataSource(), "limited").defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void moreLookupsThanTheLimitAreRefusedAtOnceAndTakenAgainAfterwards() throws Exception {
        try (var first = lookupUnderWay(100);
                var second = lookupUnderWay(100)) {
            Eventually.until(() -> lookup().status() == 429, LimitsTest::lookup);
            isRefusal(lookup());
            assertThat(send().status()).as("ingestion has a limit of its own").isEqualTo(200);
            assertThat(first.finish()).isEqualTo(400);
            assertThat(second.finish()).isEqualTo(400);
        }
        Eventually.until(() -> lookup().status() == 200, LimitsTest::lookup);
    }

    @Test
    void moreRowsThanTheLimitAreRefusedAtOnceAndLookupsGoOn() throws Exception {
        send().expect(200);
        try (var first = rowsUnderWay();
                var second = rowsUnderWay()) {
            Eventually.until(() -> send().status() == 429, LimitsTest::send);
            isRefusal(send());
            assertThat(lookup().status()).isEqualTo(200);
            assertThat(first.finish()).isEqualTo(200);
            assertThat(second.finish()).isEqualTo(200);
        }
        Eventually.until(() -> send().status() == 200, LimitsTest::send);
    }

    @Test
    void bodiesThatWouldHoldTooMuchMemoryTogetherAreRefused() throws Exception {
        try (var large = lookupUnderWay(100_000)) {
            Eventually.until(() -> lookup().status() == 429, LimitsTest::lookup);
            assertThat(large.finish()).as("one alone may be larger").isEqualTo(400);
        }
        Eventually.until(() -> lookup().status() == 200, LimitsTest::lookup);
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

    /** A lookup of which all but the end was sent; its body is no JSON. */
    private static SlowUpload lookupUnderWay(int length) throws Exception {
        return underWay("/api/v1/online-features", "application/json", "x".repeat(length));
    }

    private static SlowUpload rowsUnderWay() throws Exception {
        return underWay("/api/v1/sources/limited_rows/rows", "application/x-ndjson", Readings.ndjson(3, 1, PAST));
    }

    /** Tries again while it is refused: a request before it may count for a moment after its answer has come. */
    private static SlowUpload underWay(String path, String type, String body) throws Exception {
        for (int left = 200; ; left--) {
            try {
                return SlowUpload.begin(server.port(), path, type, body);
            } catch (IOException e) {
                if (left == 0) {
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }
}
