package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How long a training set of a million rows with eight aggregates takes, four over 24 hours and four over 30 days, of 3 million
 * flights: from a request with the spine in SQL to rows in Parquet, over HTTP. Beside it the same with eight plain features, and
 * DuckDB's range windows over the same flights in Parquet.
 *
 * <p>Argument: a Python that has duckdb; without it, it is left out.
 */
public final class WindowTrainingBenchmark {

    private static final int ROUNDS = 3;
    private static final int FLIGHTS = 3_000_000;
    private static final int SPINE_ROWS = 1_000_000;

    /** Within so many joins the server begins to copy the histories. */
    private static final int MOST_UNTIL_COPIED = 400;

    private static final String HEAP = "-Xmx512m";
    private static final String SCRIPT = "src/test/resources/benchmark/window_baseline.py";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A third of the flights, all over their time: whoever answers it can't leave out the others. */
    private static final String SPINE =
            "select origin as place, date as as_of, delay from sources.window_flights where number % 3 = 0";

    private static final String SMALL_SPINE = SPINE.replace("% 3 = 0", "% 60 = 0");

    private static final String DEFINITIONS = """
        {kind: entity, name: window_place, keys: [{name: place, type: STRING}]}
        ---
        kind: source
        name: window_flights
        type: push
        columns:
          - {name: number, type: INT64}
          - {name: date, type: TIMESTAMP}
          - {name: recorded, type: TIMESTAMP}
          - {name: delay, type: INT64}
          - {name: distance, type: INT64}
          - {name: origin, type: STRING}
        event_timestamp: date
        known_timestamp: recorded
        ---
        kind: feature_view
        name: window_eight
        entities: [{name: window_place, keys: {place: origin}}]
        source: window_flights
        features:
          - {name: n, aggregate: count, windows: [24h, 30d]}
          - {name: a, aggregate: avg, column: delay, windows: [24h, 30d]}
          - {name: hi, aggregate: max, column: delay, windows: [24h, 30d]}
          - {name: late, aggregate: count, where: "delay > 15", windows: [24h, 30d]}
        ---
        kind: feature_view
        name: plain_eight
        entities: [{name: window_place, keys: {place: origin}}]
        source: window_flights
        features:
          - {name: p1, column: delay}
          - {name: p2, column: distance}
          - {name: p3, column: number}
          - {name: p4, expression: "delay + 1"}
          - {name: p5, expression: "distance + 1"}
          - {name: p6, expression: "delay > 15"}
          - {name: p7, expression: "delay * 2"}
          - {name: p8, expression: "distance * 2"}
        """;

    private final Path directory;
    private final ServerUnderLoad server;
    private final HttpClient http = HttpClient.newHttpClient();

    private WindowTrainingBenchmark(Path directory, ServerUnderLoad server) {
        this.directory = directory;
        this.server = server;
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark", "window-training"))
                .toAbsolutePath();
        var flights = new RecordedFlights(directory);
        Path history = flights.history(FLIGHTS);
        Path data = Files.createTempDirectory(directory, "data-");
        var settings = new EmbeddedSettings(data, directory.resolve("bin"), Durability.KEPT, true, true);
        try (var stores = EmbeddedStores.start(settings)) {
            try (var server = start(directory, stores, "without-copies", "--asof.offline.copies.max-size=0B")) {
                var benchmark = new WindowTrainingBenchmark(directory, server);
                benchmark.load(history, flights.latePerDay());
                benchmark.awaitTiles();
                benchmark.measure("plain, without copies", "plain_eight:*", "");
                benchmark.measure("aggregates, without copies", "window_eight:*", "");
            }
            try (var server = start(directory, stores, "with-copies")) {
                var benchmark = new WindowTrainingBenchmark(directory, server);
                benchmark.warmUp();
                benchmark.measure("plain", "plain_eight:*", "");
                benchmark.measure("aggregates", "window_eight:*", "");
                benchmark.measure("aggregates, strict", "window_eight:*", ", \"strict\": true");
                benchmark.measure("aggregates, as_recorded", "window_eight:*", ", \"known\": \"as_recorded\"");
                benchmark.measureRebuild(flights.ofEveryHour());
            }
        }
        measureDuckDb(args[0], history, directory);
        System.exit(0);
    }

    private static ServerUnderLoad start(Path directory, EmbeddedStores stores, String name, String... more)
            throws Exception {
        int port = ServerUnderLoad.freePort();
        var arguments = new ArrayList<>(LookupStores.arguments(stores));
        arguments.addAll(List.of(more));
        arguments.add("--server.port=" + port);
        return ServerUnderLoad.java(
                directory, name, List.of(HEAP), AsofApplication.class, port, arguments.toArray(String[]::new));
    }

    private void load(Path... files) throws Exception {
        send(request("/definitions", "application/yaml").POST(BodyPublishers.ofString(DEFINITIONS)));
        for (Path file : files) {
            send(file);
        }
    }

    private void send(Path file) throws Exception {
        long begin = System.nanoTime();
        send(request("/sources/window_flights/rows", "application/vnd.apache.parquet")
                .POST(BodyPublishers.ofFile(file)));
        print("loaded " + file.getFileName(), seconds(begin));
    }

    /** What a server makes by itself within a minute or two. */
    private void awaitTiles() throws Exception {
        long begin = System.nanoTime();
        double before = -1;
        for (double made = meter("asof_tiles_built_total"); made != before; made = meter("asof_tiles_built_total")) {
            before = made;
            Thread.sleep(15_000);
        }
        print("tiles in Postgres made, and 15 s", seconds(begin));
    }

    /** Joins as a server has done before, and so often that it has copied the histories. */
    private void warmUp() throws Exception {
        long begin = System.nanoTime();
        int joins = 0;
        while (meter("asof_training_copied_rows") < 2 * FLIGHTS) {
            if (joins++ == MOST_UNTIL_COPIED) {
                throw new IllegalStateException("The histories were not copied; see the server's log in " + directory);
            }
            join("window_eight:*\", \"plain_eight:*", SMALL_SPINE, "");
        }
        print("copies of both views made, from the first of %s joins on".formatted(joins), seconds(begin));
        for (int round = 0; round < ROUNDS; round++) {
            join("window_eight:*", SMALL_SPINE, "");
        }
    }

    private void measure(String name, String features, String more) throws Exception {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            best = Math.min(best, join(features, SPINE, more));
        }
        print("%,d rows, %s; the best of %s".formatted(SPINE_ROWS, name, ROUNDS), best);
    }

    private double join(String features, String spine, String more) throws Exception {
        Path result = directory.resolve("result.parquet");
        long begin = System.nanoTime();
        var response = http.send(
                request("/historical-features?format=parquet", "application/json")
                        .POST(BodyPublishers.ofString("{\"features\": [\"%s\"], \"spine\": {\"sql\": \"%s\"}%s}"
                                .formatted(features, spine, more)))
                        .build(),
                BodyHandlers.ofFile(result));
        if (response.statusCode() != 200) {
            throw new IllegalStateException(Files.readString(result));
        }
        return seconds(begin);
    }

    /** As the manifest has it, when since then rows have come into every tile. */
    private void measureRebuild(Path late) throws Exception {
        String order = "{\"name\": \"windows\", \"features\": [\"window_eight:*\"], \"spine\": {\"sql\": \"%s\"}}"
                .formatted(SPINE);
        print("a dataset of them", build("/training-datasets", order));
        send(late);
        join("window_eight:*", SMALL_SPINE, "");
        print("a dataset of them, the flights that came since among them", build("/training-datasets", order));
        print("the first dataset rebuilt from its manifest", build("/training-datasets/windows@v1/rebuild", ""));
    }

    private double build(String path, String order) throws Exception {
        long begin = System.nanoTime();
        int version = send(request(path, "application/json").POST(BodyPublishers.ofString(order)))
                .get("version")
                .asInt();
        String state = "";
        while (!state.equals("done")) {
            Thread.sleep(50);
            state = send(request("/training-datasets/windows@v" + version, "application/json")
                            .GET())
                    .get("state")
                    .asString();
            if (state.equals("failed")) {
                throw new IllegalStateException("The dataset failed");
            }
        }
        return seconds(begin);
    }

    private static void measureDuckDb(String python, Path history, Path directory)
            throws IOException, InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            var process = new ProcessBuilder(
                            python,
                            SCRIPT,
                            history.toString(),
                            directory.resolve("duckdb.parquet").toString())
                    .redirectError(directory.resolve("duckdb.log").toFile())
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                System.out.printf("DuckDB is left out: see duckdb.log in %s%n", directory);
                return;
            }
            print("DuckDB's range windows", Double.parseDouble(said));
        }
    }

    private double meter(String name) throws IOException, InterruptedException {
        var scrape = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/actuator/prometheus".formatted(server.port())))
                        .build(),
                BodyHandlers.ofLines());
        return scrape.body()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void print(String what, double seconds) {
        System.out.printf(
                Locale.ROOT,
                "%6.2f s  %s (load average %.1f)%n",
                seconds,
                what,
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private HttpRequest.Builder request(String path, String contentType) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1%s".formatted(server.port(), path)))
                .header("Content-Type", contentType);
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        var response = http.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IllegalStateException(response.statusCode() + ": " + response.body());
        }
        return response.body().isEmpty() ? JSON.nullNode() : JSON.readTree(response.body());
    }
}
