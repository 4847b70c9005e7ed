package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReader;
import dev.asof.formats.TableReaders;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How fast rows become durable and visible, against a plain binary COPY of the same rows into one table with the same
 * index, in one run on one machine; and what 16 clients get that send one row at a time.
 *
 * <p>Argument: a Parquet file of flights (columns date, delay, distance, origin, destination), or {@code generated}.
 */
public final class IngestionBenchmark {

    private static final int ROWS = 3_000_000;
    private static final int CLIENTS = 16;
    private static final Duration CLIENT_TIME = Duration.ofSeconds(10);
    private static final Duration WARM_UP = Duration.ofSeconds(15);
    private static final int CHUNK_ROWS = 16_384;
    private static final ZoneId ZONE = ZoneId.of("America/New_York");
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<ScalarType> TYPES =
            List.of(ScalarType.TIMESTAMP, ScalarType.INT64, ScalarType.INT64, ScalarType.STRING, ScalarType.STRING);
    private static final List<String> COLUMNS = List.of("date", "delay", "distance", "origin", "destination");

    private final ConfigurableApplicationContext server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String api;

    private IngestionBenchmark(ConfigurableApplicationContext server) {
        this.server = server;
        this.api = "http://127.0.0.1:" + server.getEnvironment().getProperty("local.server.port") + "/api/v1";
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark"));
        Path flights = args[0].equals("generated") ? SampleFlights.in(directory, ROWS, 229) : Path.of(args[0]);
        Path manyKeys = SampleFlights.in(directory, ROWS, 1_000_000);
        Path data = Files.createTempDirectory(directory, "data-");
        try (var server = SpringApplication.run(
                AsofApplication.class,
                "--server.port=0",
                "--asof.embedded.data-dir=" + data,
                "--logging.level.root=warn")) {
            var benchmark = new IngestionBenchmark(server);
            System.out.printf(
                    "%nheap at most %s MiB, %s processors%n",
                    Runtime.getRuntime().maxMemory() >> 20, Runtime.getRuntime().availableProcessors());
            benchmark.warmUp(SampleFlights.in(directory, 200_000, 1_000));
            benchmark.measureFile("flights", flights);
            benchmark.measureFile("million_keys", manyKeys);
            benchmark.measureLookups(flights);
            benchmark.measureSingleRows();
        }
    }

    private void warmUp(Path file) throws Exception {
        define("warm_up");
        post("warm_up", file);
    }

    /** A source, a view by origin and one by destination, six features each, one of them an expression. */
    private void define(String name) throws Exception {
        String bundle = """
            kind: entity
            name: %1$s_place
            keys: [{name: place, type: STRING}]
            ---
            kind: source
            name: %1$s
            type: push
            columns:
              - {name: date, type: TIMESTAMP, time_zone: America/New_York, required: true}
              - {name: delay, type: INT64}
              - {name: distance, type: INT64}
              - {name: origin, type: STRING}
              - {name: destination, type: STRING}
            event_timestamp: date
            expectations:
              - {column: delay, between: [-2000, 3000]}
            ---
            kind: feature_view
            name: %1$s_by_origin
            entities: [{name: %1$s_place, keys: {place: origin}}]
            source: %1$s
            features: &features
              - {name: last_delay, column: delay}
              - {name: last_distance, column: distance}
              - {name: last_origin, column: origin}
              - {name: last_destination, column: destination}
              - {name: last_at, column: date}
              - {name: is_late, expression: "delay > 15"}
            ---
            kind: feature_view
            name: %1$s_by_destination
            entities: [{name: %1$s_place, keys: {place: destination}}]
            source: %1$s
            features:
              - {name: last_delay, column: delay}
              - {name: last_distance, column: distance}
              - {name: last_origin, column: origin}
              - {name: last_destination, column: destination}
              - {name: last_at, column: date}
              - {name: minutes_a_mile, expression: "delay / distance"}
            ---
            kind: feature_service
            name: %1$s_model
            features: ["%1$s_by_origin:*", "%1$s_by_destination:*"]
            """.formatted(name).replace(" &features", "");
        send(request("/definitions", "application/yaml")
                .POST(BodyPublishers.ofString(bundle))
                .build());
    }

    private void measureFile(String name, Path file) throws Exception {
        define(name);
        double before = copyPlainly(file);
        var profile = Profile.start();
        long start = System.nanoTime();
        JsonNode answer = post(name, file);
        double seconds = (System.nanoTime() - start) / 1e9;
        profile.stop();
        long rows = answer.get("accepted").asLong();
        double after = copyPlainly(file);
        double asof = rows / seconds;
        double copy = (before + after) / 2;
        System.out.printf(
                "%n%s: %,d rows accepted, %,d quarantined, online %s, in %.1f s%n  Asof %,.0f rows/s; plain COPY %,.0f"
                        + " and %,.0f rows/s; ratio %.2f%n",
                name,
                rows,
                answer.get("quarantined").asLong(),
                answer.get("online").asString(),
                seconds,
                asof,
                before,
                after,
                asof / copy);
        profile.print(rows);
    }

    /** Rows a second of nothing but COPY and commit: reading and encoding are not counted. */
    private double copyPlainly(Path file) throws Exception {
        var jdbc = server.getBean(JdbcTemplate.class);
        jdbc.execute("drop table if exists asof.plain");
        jdbc.execute("""
            create table asof.plain (
                date timestamptz, delay bigint, distance bigint, origin text collate "C", destination text collate "C",
                row_sequence bigint)
            """);
        jdbc.execute("create index on asof.plain (origin, date desc, row_sequence desc)");
        var transaction = new TransactionTemplate(server.getBean(PlatformTransactionManager.class));
        long[] rows = {0};
        long begin = System.nanoTime();
        long[] encoding = {0};
        try (var in = Files.newInputStream(file);
                TableReader reader = TableReaders.unlimited().open(RowFormat.PARQUET, in)) {
            transaction.executeWithoutResult(_ -> {
                RowBuffer chunk = encode(reader, rows, encoding);
                while (chunk.rows() > 0) {
                    server.getBean(RowCopier.class).copy(chunk);
                    chunk = encode(reader, rows, encoding);
                }
            });
        }
        jdbc.execute("drop table asof.plain");
        double seconds = (System.nanoTime() - begin - encoding[0]) / 1e9;
        return rows[0] / seconds;
    }

    private static RowBuffer encode(TableReader reader, long[] rows, long[] nanos) {
        long start = System.nanoTime();
        var columns = new ArrayList<>(COLUMNS);
        columns.add("row_sequence");
        var buffer = new RowBuffer("asof.plain", columns);
        var options = new ValueConverter.Options(Optional.of(ZONE), false, false);
        while (buffer.rows() < CHUNK_ROWS) {
            @Nullable Object @Nullable [] row = reader.next();
            if (row == null) {
                break;
            }
            buffer.startRow();
            for (int i = 0; i < TYPES.size(); i++) {
                buffer.value(TYPES.get(i), converted(row[i], TYPES.get(i), options));
            }
            buffer.int64(++rows[0]);
        }
        nanos[0] += System.nanoTime() - start;
        return buffer;
    }

    private static @Nullable Object converted(@Nullable Object raw, ScalarType type, ValueConverter.Options options) {
        try {
            return raw == null ? null : ValueConverter.convert(raw, type, options);
        } catch (ValueConversionException e) {
            return null;
        }
    }

    private JsonNode post(String source, Path file) throws Exception {
        return send(request("/sources/" + source + "/rows", "application/vnd.apache.parquet")
                .POST(BodyPublishers.ofFile(file))
                .build());
    }

    private void measureLookups(Path file) throws Exception {
        var airports = new java.util.TreeSet<String>();
        try (var in = Files.newInputStream(file);
                TableReader reader = TableReaders.unlimited().open(RowFormat.PARQUET, in)) {
            for (var row = reader.next(); row != null; row = reader.next()) {
                airports.add((String) java.util.Objects.requireNonNull(row[3]));
            }
        }
        var request = Map.of(
                "feature_service", "flights_model",
                "entities",
                        airports.stream()
                                .map(airport -> Map.of("place", airport))
                                .toList(),
                "include", List.of("statuses"));
        JsonNode answer = postJson("/online-features", request);
        long present = answer.get("rows")
                .valueStream()
                .filter(row -> row.get("statuses").get(0).asString().equals("PRESENT"))
                .count();
        System.out.printf("%nlookups: %s of %s origins are online%n", present, airports.size());
    }

    private void measureSingleRows() throws Exception {
        define("one_by_one");
        postSingleRows(WARM_UP);
        var profile = Profile.start();
        double answered = postSingleRows(CLIENT_TIME);
        profile.stop();
        double plain = insertSingleRows(CLIENT_TIME);
        System.out.printf(
                "%none row at a time, %s clients: Asof %,.0f acknowledged/s; plain insert and commit %,.0f/s; ratio"
                        + " %.2f%n",
                CLIENTS, answered, plain, answered / plain);
        profile.print(Math.round(answered * CLIENT_TIME.toSeconds()));
    }

    private double postSingleRows(Duration time) throws Exception {
        var number = new AtomicLong();
        return perSecond(time, () -> {
            long i = number.incrementAndGet();
            var row = new LinkedHashMap<String, Object>();
            row.put("date", Instant.parse("2026-01-01T00:00:00Z").plusSeconds(i).toString());
            row.put("delay", i % 100);
            row.put("distance", 100 + i % 1000);
            row.put("origin", SampleFlights.place((int) (i % 10_000)));
            row.put("destination", SampleFlights.place((int) (i % 7_777)));
            return postJson("/sources/one_by_one/rows", Map.of("rows", List.of(row)));
        });
    }

    private double insertSingleRows(Duration time) throws Exception {
        var jdbc = server.getBean(JdbcTemplate.class);
        jdbc.execute(
                "create table if not exists asof.plain_rows (date timestamptz, delay bigint, distance bigint, origin"
                        + " text, destination text)");
        return perSecond(
                time, () -> jdbc.update("insert into asof.plain_rows values (now(), 1, 2, 'P000001', 'P000002')"));
    }

    /** How often a call comes back in a second, made by every client again and again. */
    private static double perSecond(Duration time, Callable<?> call) throws Exception {
        var calls = new AtomicLong();
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            var running = new ArrayList<java.util.concurrent.Future<?>>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(() -> {
                    while (System.nanoTime() < end) {
                        call.call();
                        calls.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (var client : running) {
                client.get();
            }
        }
        return calls.get() / ((System.nanoTime() - begin) / 1e9);
    }

    private HttpRequest.Builder request(String path, String contentType) {
        return HttpRequest.newBuilder(URI.create(api + path)).header("Content-Type", contentType);
    }

    private JsonNode postJson(String path, Object body) throws IOException, InterruptedException {
        return send(request(path, "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build());
    }

    private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        var response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IllegalStateException(response.statusCode() + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }
}
