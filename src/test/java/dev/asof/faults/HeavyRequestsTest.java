package dev.asof.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Readings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
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
import org.junit.jupiter.api.Timeout;
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
                return api().post("/sources/" + names + "_rows/rows", "application/x-ndjson", Readings.ndjson(3_000, 10, PAST));
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
        var readings = new Readings(api(), dataSource, names).defineSource();
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

    /** The driver refuses what is larger than its buffer, before it is read; more often than there are permits. */
    @ParameterizedTest
    @CsvSource({
        "'repeat(''x'', 70000000)', 1",
        "'repeat(''x'', case when i < 3000 then 1 else 100000 end)', 4000"
    })
    void sqlWhoseRowsWouldFillTheMemoryIsRefused(String value, int rows) {
        String sql = "select 'm1' as meter, timestamptz '2026-01-02T00:00:00Z' as as_of, %s as v from generate_series(1, %s) i"
                .formatted(value, rows);
        for (int i = 0; i < 6; i++) {
            assertThat(join(sql).expect(422).body()).contains("row_too_large", "67108864 bytes together");
        }
        join("select 'm1' as meter, timestamptz '2026-01-02T00:00:00Z' as as_of").expect(200);
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
        try (var answer = URI.create("http://127.0.0.1:%s/actuator/health/liveness".formatted(port)).toURL().openStream()) {
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
                """ + IntStream.range(0, 800)
                        .mapToObj(i -> "  - {name: f%s, expression: \"amount * %s + amount / 3 > 7 ? 1 : 0\"}\n".formatted(i, i))
                        .collect(Collectors.joining());
    }

    private static String many(String pattern, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> pattern.formatted(i, i))
                .collect(Collectors.joining(", "));
    }

    private static String csv(int rows) {
        return IntStream.range(0, rows)
                .mapToObj(i -> "2026-01-01T00:00:00Z,%s,%s,text %s\n".formatted(i, i / 3.0, i))
                .collect(Collectors.joining("", "at,number,ratio,text\n", ""));
    }

    private static List<Map<String, Object>> spine(int rows) {
        return IntStream.range(0, rows)
                .mapToObj(i -> Map.<String, Object>of("meter", "m" + i % 10, "as_of", PAST.plusSeconds(i).toString()))
                .toList();
    }
}
