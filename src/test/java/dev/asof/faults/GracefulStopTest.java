package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import dev.asof.support.SlowUpload;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that is told to stop while requests are under way. */
@Timeout(180)
class GracefulStopTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final int ROWS = 60_000;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void readinessGoesDownFirstThenNoMoreIsTakenAndWhatIsUnderWayIsAnsweredWhole() throws Exception {
        var server = StartedServer.on(TestStores.newDatabase(), TestStores.newRedisUri(), "asof.shutdown.delay=2s");
        var database = server.dataSource();
        int port = server.port();
        var readings = new Readings(server.api(), database, "stopped").defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
        readings.stream(Readings.ndjson(ROWS, 300, PAST), java.util.Map.of()).expect(200);

        var upload = SlowUpload.begin(
                port, "/api/v1/sources/stopped_rows/rows", "application/x-ndjson", Readings.ndjson(3, 1, PAST));
        var download = http.send(training(port), BodyHandlers.ofInputStream());
        assertThat(download.statusCode()).isEqualTo(200);
        var stopping = new FutureTask<>(server::close, true);
        // not in the common pool, which Redis's client connects by
        Thread.ofPlatform().start(stopping);
        try (var lines = new BufferedReader(new InputStreamReader(download.body(), StandardCharsets.UTF_8));
                upload) {
            readinessIsDownAndLookupsAreAnsweredWithARequestToReconnect(port);
            Eventually.until(() -> isRefused(port), () -> "still takes connections");
            assertThat(stopping.isDone()).isFalse();

            assertThat(lines.lines().count()).isEqualTo(ROWS);
            assertThat(upload.finish()).isEqualTo(200);
        }
        stopping.get(60, TimeUnit.SECONDS);
        assertThatThrownBy(() -> http.send(readiness(port), BodyHandlers.discarding()))
                .isInstanceOf(ConnectException.class);
    }

    /** From before the stop on: none fails, and at last the server is not ready and asks to reconnect. */
    private void readinessIsDownAndLookupsAreAnsweredWithARequestToReconnect(int port) throws Exception {
        boolean notReady = false;
        boolean reconnect = false;
        while (!notReady || !reconnect) {
            var lookup = http.send(lookup(port), BodyHandlers.ofString());
            assertThat(lookup.statusCode()).isEqualTo(200);
            reconnect |= lookup.headers()
                    .firstValue("Connection")
                    .filter("close"::equals)
                    .isPresent();
            notReady |= http.send(readiness(port), BodyHandlers.discarding()).statusCode() == 503;
        }
    }

    private static HttpRequest lookup(int port) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1/online-features".formatted(port)))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("""
                    {"features": ["stopped_view@v1:amount"], "entities": [{"meter": "m1"}]}\
                    """))
                .build();
    }

    private static boolean isRefused(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (java.io.IOException e) {
            return true;
        }
    }

    private static HttpRequest readiness(int port) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/actuator/health/readiness".formatted(port)))
                .build();
    }

    private static HttpRequest training(int port) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%s/api/v1/historical-features?format=ndjson".formatted(port)))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("""
                    {"features": ["stopped_view@v1:amount"],
                     "spine": {"sql": "select meter, at as as_of from sources.stopped_rows"}}\
                    """))
                .build();
    }
}
