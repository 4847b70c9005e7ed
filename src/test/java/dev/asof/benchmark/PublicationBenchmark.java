package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.materialization.tile.AggregatedView;
import dev.asof.materialization.tile.KeyPublisher;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureViewName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * What keys with 20 aggregates over four windows take that are read whole in Postgres: to bring a late row of a hot key online, pages of
 * keys by how often they have events, and lookups without Redis.
 */
public final class PublicationBenchmark {

    private static final int ROUNDS = 15;
    private static final long MOST_NANOS = Duration.ofSeconds(20).toNanos();
    private static final int KEYS_OF_A_PAGE = 500;
    private static final Duration GIVE_UP = Duration.ofMinutes(2);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Keys whose names begin alike, with so many events each in 30 days. */
    private record Shape(String name, String prefix, int keys, int events) {

        String key(int number) {
            return "%s%s".formatted(prefix, number);
        }
    }

    private static final Shape HOT = new Shape("a million events", "hot", 1, 1_000_000);
    private static final Shape DAILY = new Shape("an event a day", "daily", KEYS_OF_A_PAGE, 30);
    private static final Shape HOURLY = new Shape("an event an hour", "hourly", KEYS_OF_A_PAGE, 720);
    private static final Shape DENSE = new Shape("an event a minute", "dense", 100, 43_200);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ConfigurableApplicationContext server;
    private final JdbcClient jdbc;

    private PublicationBenchmark(ConfigurableApplicationContext server) {
        this.server = server;
        this.jdbc = JdbcClient.create(server.getBean(DataSource.class));
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark"));
        var data = Files.createTempDirectory(directory, "stores-");
        try (var stores = EmbeddedStores.start(
                new EmbeddedSettings(data, directory.resolve("bin"), Durability.THROWAWAY, true, true))) {
            var arguments = new ArrayList<>(LookupStores.arguments(stores));
            arguments.add("--server.port=0");
            try (var server = SpringApplication.run(AsofApplication.class, arguments.toArray(String[]::new))) {
                var benchmark = new PublicationBenchmark(server);
                benchmark.define();
                benchmark.fill();
                benchmark.publishPages();
                benchmark.publishLateRows();
            }
            arguments.removeIf(argument -> argument.startsWith("--spring.data.redis.url"));
            arguments.add("--spring.data.redis.url=redis://127.0.0.1:" + ServerUnderLoad.freePort());
            try (var server = SpringApplication.run(AsofApplication.class, arguments.toArray(String[]::new))) {
                new PublicationBenchmark(server).lookUpWithoutRedis();
            }
        }
        System.exit(0);
    }

    private void define() throws Exception {
        String aggregates = WindowShape.FUNCTIONS.stream()
                .map(function -> "{name: %1$s, aggregate: %1$s, column: amount, windows: %2$s}"
                        .formatted(function, WindowShape.WINDOWS))
                .collect(Collectors.joining(", "));
        send("/definitions", "application/yaml", """
            kind: entity
            name: account
            keys: [{name: account_id, type: STRING}]
            ---
            kind: source
            name: activity
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: account_id, type: STRING, required: true}
              - {name: amount, type: FLOAT64}
            event_timestamp: at
            ---
            kind: feature_view
            name: spending
            entities: [account]
            source: activity
            features: [{name: n, aggregate: count, windows: %s}, %s]
            """.formatted(WindowShape.WINDOWS, aggregates));
    }

    private RegisteredView view() {
        return server.getBean(Registry.class)
                .current()
                .currentView(new FeatureViewName("spending"))
                .orElseThrow();
    }

    /** Rows as batches leave them, at random times in 30 days; their tiles are made in the background. */
    private void fill() throws InterruptedException {
        long begin = System.nanoTime();
        String table = "offline.\"%s\"".formatted(view().version().relation());
        for (Shape shape : List.of(HOT, DAILY, HOURLY, DENSE)) {
            jdbc.sql("""
                insert into %s
                select '%s' || key, at, row_number() over (), 1, at, false, null, floor(random() * 1000)
                from (select key, now() - random() * interval '30 days' as at
                      from generate_series(0, %s) key, generate_series(1, %s) event order by 1, 2) rows
                """.formatted(table, shape.prefix(), shape.keys() - 1, shape.events()))
                    .update();
        }
        jdbc.sql("vacuum analyze " + table).update();
        jdbc.sql("update asof.tiled_view set maintained = '{}', readable = '{}', building = building + 1")
                .update();
        Instant from = Instant.now().minus(31, ChronoUnit.DAYS);
        for (Instant end = Instant.now().plus(Duration.ofMinutes(10));
                Instant.now().isBefore(end); ) {
            boolean built = jdbc.sql("""
                select readable @> tstzrange(:from, now() - interval '2 hours') from asof.tiled_view
                """)
                    .param("from", from.atOffset(java.time.ZoneOffset.UTC))
                    .query(Boolean.class)
                    .single();
            if (built) {
                System.out.printf(Locale.ROOT, "rows and tiles stored in %.0f s%n", (System.nanoTime() - begin) / 1e9);
                return;
            }
            Thread.sleep(200);
        }
        throw new IllegalStateException("No tiles");
    }

    private void publishPages() throws Exception {
        var publisher = server.getBean(KeyPublisher.class);
        var view = AggregatedView.of(view(), view().aggregates().orElseThrow());
        for (Shape shape : List.of(DAILY, HOURLY, DENSE, HOT)) {
            List<EntityKey> keys = IntStream.range(0, shape.keys())
                    .mapToObj(i -> Objects.requireNonNull(EntityKey.of(List.of(shape.key(i)))))
                    .toList();
            print("%s keys with %s published".formatted(keys.size(), shape.name()), () -> {
                publisher.publish(view, keys);
                return true;
            });
        }
    }

    /** From the acknowledgement until its 30 days hold the row. */
    private void publishLateRows() throws Exception {
        var random = new Random(1);
        var acknowledged = LongStream.builder();
        var online = LongStream.builder();
        long rows = count(HOT);
        long start = System.nanoTime();
        for (int i = 0; i < ROUNDS && System.nanoTime() - start < MOST_NANOS; i++) {
            Instant at =
                    Instant.now().truncatedTo(ChronoUnit.MICROS).minusSeconds(random.nextInt(2 * 86_400, 28 * 86_400));
            long begin = System.nanoTime();
            send(
                    "/sources/activity/rows",
                    "application/json",
                    "{\"rows\":[{\"at\":\"%s\",\"account_id\":\"%s\",\"amount\":1}]}".formatted(at, HOT.key(0)));
            long end = System.nanoTime();
            acknowledged.add(end - begin);
            rows++;
            while (count(HOT) < rows) {
                if (System.nanoTime() - end > GIVE_UP.toNanos()) {
                    throw new IllegalStateException("A late row isn't online");
                }
            }
            online.add(System.nanoTime() - end);
        }
        print(
                "a late row of a key with %s, acknowledged".formatted(HOT.name()),
                acknowledged.build().toArray());
        print("the same, online after it was acknowledged", online.build().toArray());
    }

    private long count(Shape shape) throws Exception {
        var answer = JSON.readTree(send("/online-features", "application/json", """
            {"features":["spending:n_30d"],"entities":[{"account_id":"%s"}]}\
            """.formatted(shape.key(0))));
        return answer.get("rows").get(0).get("values").get(0).asLong();
    }

    private void lookUpWithoutRedis() throws Exception {
        for (Shape shape : List.of(DAILY, HOURLY, DENSE)) {
            for (int entities : List.of(1, 100)) {
                String request = IntStream.range(0, entities)
                        .mapToObj(i -> "{\"account_id\":\"%s\"}".formatted(shape.key(i)))
                        .collect(Collectors.joining(",", "{\"features\":[\"spending:*\"],\"entities\":[", "]}"));
                print("%s entities with %s looked up in Postgres".formatted(entities, shape.name()), () -> {
                    try {
                        return send("/online-features", "application/json", request)
                                .contains("\"degraded\":true");
                    } catch (IllegalStateException refused) {
                        return false;
                    }
                });
            }
        }
    }

    private String send(String path, String contentType, String body) throws IOException, InterruptedException {
        var port = server.getEnvironment().getProperty("local.server.port");
        var answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1%s".formatted(port, path)))
                        .header("Content-Type", contentType)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.body());
        }
        return answer.body();
    }

    /** @param work says whether it was done; the first times are for warming up */
    private static void print(String name, Callable<Boolean> work) throws Exception {
        work.call();
        work.call();
        int failed = 0;
        long start = System.nanoTime();
        var taken = LongStream.builder();
        int rounds = 0;
        while (rounds < ROUNDS && System.nanoTime() - start < MOST_NANOS) {
            long begin = System.nanoTime();
            failed += work.call() ? 0 : 1;
            taken.add(System.nanoTime() - begin);
            rounds++;
        }
        print(
                name + (failed == 0 ? "" : " (%s of %s refused)".formatted(failed, rounds)),
                taken.build().toArray());
    }

    private static void print(String name, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-90s p50 %8.1f ms, most %8.1f ms%n",
                name,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }
}
