package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Lookups and probes beside requests that use up processors, as many of them at once as there are processors, and more. */
@AsofServerTest
@Timeout(180)
class HeavyRequestsTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final int CLIENTS = Runtime.getRuntime().availableProcessors();
    private static final int SAMPLES = 100;
    private static final int PROBES = 20;

    /** Of a machine that others use too; with the processors taken it was as long as a heavy request, or never. */
    private static final Duration P99_LIMIT = Duration.ofSeconds(1);

    private static String names;
    private static int port;
    private static Readings readings;

    private enum Kind {
        PLAN {
            @Override
            ApiClient.Answer send() {
                return api().post("/definitions?dry_run=true", "application/yaml", manyFeatures());
            }
        },
        DRAFT {
            @Override
            ApiClient.Answer send() {
                return api().post("/sources/draft", "text/csv", csv(30_000));
            }
        },
        ROWS {
            @Override
            ApiClient.Answer send() {
                return api().post(
                                "/sources/" + names + "_rows/rows",
                                "application/x-ndjson",
                                Readings.ndjson(3_000, 10, PAST));
            }
        },
        SQL {
            @Override
            ApiClient.Answer send() {
                return join("select " + many("%s as c%s", 5_000));
            }
        },
        INLINE_SPINE {
            @Override
            ApiClient.Answer send() {
                return api().postJson(
                                "/historical-features",
                                Map.of(
                                        "features", List.of(names + "_view:amount"),
                                        "spine", Map.of("rows", spine(20_000))));
            }
        },
        MANY_PROBLEMS {
            @Override
            ApiClient.Answer send() {
                return api().post("/definitions?dry_run=true", "application/json", "[" + "{},".repeat(20_000) + "{}]");
            }
        };

        abstract ApiClient.Answer send();
    }

    @BeforeAll
    static void define(@LocalServerPort int serverPort, @Autowired DataSource dataSource) {
        port = serverPort;
        names = "heavy";
        readings = new Readings(api(), dataSource, names).defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
        readings.send(List.of(Readings.reading("m1", PAST, 1))).expect(200);
    }

    private static ApiClient api() {
        return new ApiClient(port);
    }

    @ParameterizedTest
    @EnumSource
    void lookupsAreAnsweredBesideHeavyRequests(Kind kind) throws Exception {
        var stop = new AtomicBoolean();
        var statuses = new ArrayList<Integer>();
        var clients = new ArrayList<Thread>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    int status = kind.send().status();
                    synchronized (statuses) {
                        statuses.add(status);
                    }
                }
            }));
        }
        try {
            assertThat(p99(SAMPLES, HeavyRequestsTest::lookup)).isLessThan(P99_LIMIT);
            assertThat(p99(PROBES, HeavyRequestsTest::liveness)).isLessThan(P99_LIMIT);
        } finally {
            stop.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
        assertThat(statuses).isNotEmpty().allMatch(status -> status < 500);
    }

    /** What a client asks for and doesn't wait for; each takes longer than it has until it must have ended. */
    private enum Abandoned {
        PLAN("definitions?dry_run=true", "application/yaml") {
            @Override
            String body() {
                return IntStream.range(0, 40)
                        .mapToObj(i -> manyFeatures().replace("heavy_wide", "heavy_wide" + i))
                        .collect(Collectors.joining("---\n"));
            }
        },
        ROWS("sources/heavy_rows/rows", "text/csv") {
            @Override
            String body() {
                return "meter,at,amount\n" + "m1,2026-01-01T00:00:00Z,1\n".repeat(2_000_000);
            }
        },
        SQL("historical-features", "application/json") {
            @Override
            String body() {
                return """
                    {"features": ["heavy_view:amount"], "spine": {"sql": "select 'm1' as meter, now() as as_of, count(*) as n \
                    from generate_series(1, 100000) a, generate_series(1, 100000) b"}}\
                    """;
            }
        },
        SPINE("training-datasets", "multipart/form-data; boundary=part") {
            @Override
            String body() {
                return """
                    --part\r
                    Content-Disposition: form-data; name="request"\r
                    Content-Type: application/json\r
                    \r
                    {"name": "heavy_left", "features": ["heavy_view:amount"]}\r
                    --part\r
                    Content-Disposition: form-data; name="spine"; filename="spine.csv"\r
                    Content-Type: text/csv\r
                    \r
                    meter,as_of
                    """ + "m1,2026-01-01T00:00:00Z\n".repeat(2_000_000) + "\r\n--part--\r\n";
            }
        };

        private final String path;
        private final String type;

        Abandoned(String path, String type) {
            this.path = path;
            this.type = type;
        }

        abstract String body();
    }

    @ParameterizedTest
    @EnumSource
    @EnabledOnOs(OS.LINUX)
    void whatIsAskedForByAClientThatLeavesEnds(Abandoned request) throws IOException {
        long rows = readings.logRows();

        askAndLeave(request.path, request.type, request.body());

        Eventually.within(Duration.ofSeconds(5), () -> requestThreads() == 0, HeavyRequestsTest::requestThreads);

        assertThat(readings.logRows()).isEqualTo(rows);
        assertThat(api().get("/training-datasets/heavy_left").status()).isEqualTo(404);
        readings.send(List.of(Readings.reading("m1", PAST, 1))).expect(200);
    }

    /** A batch that waits in Postgres too: it gives back its connection and its source, for which a change waits. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aBatchThatWaitsEndsWhenItsClientLeaves(@Autowired DataSource dataSource) throws Exception {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table offline.heavy_rows__log in share mode");
            askAndLeave("sources/heavy_rows/rows", "application/x-ndjson", Readings.ndjson(5_000, 10, PAST));

            Eventually.within(Duration.ofSeconds(5), () -> requestThreads() == 0, HeavyRequestsTest::requestThreads);
            readings.defineView("{name: amount, column: amount}", "{name: again, column: amount}")
                    .expect(200);
            connection.rollback();
        }
    }

    /** Leaves when the work has begun. */
    private static void askAndLeave(String path, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        String head = "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %s\r\n\r\n"
                .formatted(path, type, body.length);
        try (var socket = new Socket("localhost", port)) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(body);
            Eventually.until(() -> requestThreads() > 0, () -> "not begun");
        }
    }

    private static long requestThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread ->
                        thread.getName().equals("request") || thread.getName().startsWith("compute-batch"))
                .count();
    }

    /** The driver refuses what is larger than its buffer, before it is read; more often than there are permits. */
    @ParameterizedTest
    @CsvSource({"'repeat(''x'', 70000000)', 1", "'repeat(''x'', case when i < 3041 then 1 else 4000000 end)', 3100"})
    void sqlWhoseRowsWouldFillTheMemoryIsRefused(String value, int rows) {
        String sql =
                "select 'm1' as meter, timestamptz '2026-01-02T00:00:00Z' as as_of, %s as v from generate_series(1, %s) i"
                        .formatted(value, rows);
        for (int i = 0; i < 6; i++) {
            assertThat(join(sql).expect(422).body()).contains("row_too_large", "at most 1048576 bytes");
        }
        join("select 'm1' as meter, timestamptz '2026-01-02T00:00:00Z' as as_of")
                .expect(200);
    }

    private static ApiClient.Answer join(String sql) {
        return api().postJson(
                        "/historical-features",
                        Map.of("features", List.of(names + "_view:amount"), "spine", Map.of("sql", sql)));
    }

    private static Duration p99(int samples, Runnable request) throws InterruptedException {
        long[] nanos = new long[samples];
        for (int i = 0; i < samples; i++) {
            long begin = System.nanoTime();
            request.run();
            nanos[i] = System.nanoTime() - begin;
            Thread.sleep(2);
        }
        Arrays.sort(nanos);
        return Duration.ofNanos(nanos[samples * 99 / 100 - 1]);
    }

    private static void lookup() {
        api().postJson(
                        "/online-features",
                        Map.of(
                                "features", List.of(names + "_view@v1:amount"),
                                "entities", List.of(Map.of("meter", "m1"))))
                .expect(200);
    }

    private static void liveness() {
        try (var answer = URI.create("http://127.0.0.1:%s/actuator/health/liveness".formatted(port))
                .toURL()
                .openStream()) {
            assertThat(answer.readAllBytes()).isNotEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String manyFeatures() {
        return """
                kind: feature_view
                name: heavy_wide
                entities: [heavy_meter]
                source: heavy_rows
                features:
                """
                + IntStream.range(0, 800)
                        .mapToObj(i -> "  - {name: f%s, expression: \"amount * %s + amount / 3 > 7 ? 1 : 0\"}\n"
                                .formatted(i, i))
                        .collect(Collectors.joining());
    }

    private static String many(String pattern, int count) {
        return IntStream.range(0, count).mapToObj(i -> pattern.formatted(i, i)).collect(Collectors.joining(", "));
    }

    private static String csv(int rows) {
        return IntStream.range(0, rows)
                .mapToObj(i -> "2026-01-01T00:00:00Z,%s,%s,text %s\n".formatted(i, i / 3.0, i))
                .collect(Collectors.joining("", "at,number,ratio,text\n", ""));
    }

    private static List<Map<String, Object>> spine(int rows) {
        return IntStream.range(0, rows)
                .mapToObj(i -> Map.<String, Object>of(
                        "meter", "m" + i % 10, "as_of", PAST.plusSeconds(i).toString()))
                .toList();
    }
}
