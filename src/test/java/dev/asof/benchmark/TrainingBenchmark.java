package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How long a training set takes, from a spine in Parquet to rows in Parquet, over HTTP, against the tools that data
 * scientists use today, in one run on one machine: DuckDB's asof join and pandas's merge_asof, both over Parquet files of
 * the same rows, and Feast's Postgres offline store over the same Postgres. All take turns.
 *
 * <p>Arguments: spine rows, views joined at once (both comma-separated), and a Python that has duckdb, pandas, pyarrow and {@code feast[postgres]};
 * what it doesn't have is skipped. Histories are kept in {@code target/benchmark/training} for the next run.
 */
public final class TrainingBenchmark {

    private static final int ROUNDS = 2;
    private static final int WARM_UP_ROUNDS = 8;
    private static final int WARM_UP_ROWS = 100_000;
    /** Within so many joins of these rows the server begins to copy the histories. */
    private static final int MOST_UNTIL_COPIED = 400;

    private static final String WITHOUT_COPIES = "Asof-without-copies";
    private static final int HISTORY_ROWS = 10_000_000;
    private static final int SLOW_TOOLS_ROWS = 1_000_000;
    /** What takes longer than this is measured once, and a tool that is compared with isn't asked for more rows. */
    private static final double LONG_SECONDS = 60;

    private static final Duration LIMIT = Duration.ofMinutes(10);
    /** The first ones are servers of Asof. */
    private static final int OWN_TOOLS = 2;

    private static final String SCRIPT = "src/test/resources/benchmark/training_baselines.py";
    private static final String HEAP = "-Xmx512m";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Views that are joined at once.
     *
     * @param rows of each one's history
     */
    private record Shape(int views, int rows) {

        static Shape of(int views) {
            return new Shape(views, HISTORY_ROWS / views);
        }

        List<String> viewNames() {
            return IntStream.rangeClosed(1, views)
                    .mapToObj(i -> String.format(Locale.ROOT, "history_%d_of_%s", i, views))
                    .toList();
        }

        String service() {
            return "model_of_" + views;
        }
    }

    /** One tool's way from one file to the other. */
    private record Tool(String name, int mostRows, Run run) {}

    @FunctionalInterface
    private interface Run {
        /** Seconds it took; empty when it failed or is not there. */
        OptionalDouble seconds(Shape shape, Path spine, Path result) throws Exception;
    }

    private final Path directory;
    private final String python;
    private final EmbeddedStores stores;
    private final ServerUnderLoad server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final TrainingTables tables;

    private TrainingBenchmark(Path directory, String python, EmbeddedStores stores, ServerUnderLoad server) {
        this.directory = directory;
        this.python = python;
        this.stores = stores;
        this.server = server;
        this.tables = new TrainingTables(directory);
    }

    public static void main(String[] args) throws Exception {
        var sizes = Arrays.stream(args[0].split(",")).map(Integer::valueOf).toList();
        var shapes = Arrays.stream(args[1].split(","))
                .map(Integer::valueOf)
                .map(Shape::of)
                .toList();
        Path directory = Files.createDirectories(Path.of("target", "benchmark", "training"))
                .toAbsolutePath();
        var settings =
                new EmbeddedSettings(directory.resolve("data"), directory.resolve("bin"), Durability.KEPT, true, true);
        try (var stores = EmbeddedStores.start(settings)) {
            try (var server = startServer(directory, stores, "Asof")) {
                var benchmark = new TrainingBenchmark(directory, args[2], stores, server);
                for (Shape shape : shapes) {
                    benchmark.load(shape);
                }
            }
            // Others, whose memory tells what training takes; one at a time, as each would build the other's datasets.
            for (Shape shape : shapes) {
                try (var server = startServer(directory, stores, WITHOUT_COPIES, "--asof.offline.copies.max-size=0B")) {
                    new TrainingBenchmark(directory, args[2], stores, server).measureWithoutCopies(shape, sizes);
                }
                try (var server = startServer(directory, stores, "Asof")) {
                    new TrainingBenchmark(directory, args[2], stores, server).measure(shape, sizes);
                }
            }
        }
        System.exit(0);
    }

    private static ServerUnderLoad startServer(Path directory, EmbeddedStores stores, String name, String... more)
            throws Exception {
        int port = ServerUnderLoad.freePort();
        var arguments = new ArrayList<>(LookupStores.arguments(stores));
        arguments.addAll(List.of(more));
        arguments.add("--server.port=" + port);
        return ServerUnderLoad.java(
                directory, name, List.of(HEAP), AsofApplication.class, port, arguments.toArray(String[]::new));
    }

    /** Sends the histories' rows to the server, unless an earlier run did. */
    private void load(Shape shape) throws Exception {
        var bundle = new StringBuilder("kind: entity\nname: account\nkeys: [{name: account_id, type: INT64}]\n");
        for (String name : shape.viewNames()) {
            bundle.append("""
                ---
                kind: source
                name: %1$s
                type: push
                columns:
                  - {name: account_id, type: INT64}
                  - {name: at, type: TIMESTAMP}
                %2$s
                event_timestamp: at
                ---
                kind: feature_view
                name: %1$s
                entities: [account]
                source: %1$s
                features:
                %3$s
                """.formatted(
                    name, features("  - {name: f%1$s, type: FLOAT64}"), features("  - {name: f%1$s, column: f%1$s}")));
        }
        bundle.append("---\nkind: feature_service\nname: %s\nfeatures: [%s]\n"
                .formatted(
                        shape.service(),
                        shape.viewNames().stream().map("\"%s:*\""::formatted).collect(Collectors.joining(", "))));
        send(request("/definitions", "application/yaml").POST(BodyPublishers.ofString(bundle.toString())));
        for (String name : shape.viewNames()) {
            Path loaded = directory.resolve("data").resolve(name + ".loaded");
            var parts = tables.history(name, shape.rows());
            if (Files.exists(loaded)) {
                continue;
            }
            for (Path part : parts) {
                send(request("/sources/" + name + "/rows", "application/vnd.apache.parquet")
                        .POST(BodyPublishers.ofFile(part)));
            }
            vacuum(name);
            Files.createFile(loaded);
            System.out.printf("%s: %,d rows%n", name, shape.rows());
        }
    }

    /** What Postgres does by itself within minutes. */
    private void vacuum(String view) throws SQLException {
        var postgres = stores.postgres().orElseThrow();
        try (var connection =
                        DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), postgres.password());
                var statement = connection.createStatement()) {
            statement.execute("vacuum analyze offline." + view + "__v1");
        }
    }

    private static String features(String pattern) {
        return IntStream.range(0, TrainingTables.FEATURES)
                .mapToObj(pattern::formatted)
                .collect(Collectors.joining("\n"));
    }

    /** Postgres's own part, and what a new server takes. */
    private void measureWithoutCopies(Shape shape, List<Integer> sizes) throws Exception {
        var tool = new Tool(WITHOUT_COPIES, Integer.MAX_VALUE, this::stream);
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            stream(shape, tables.spine(WARM_UP_ROWS), result(tool, WARM_UP_ROWS));
        }
        System.out.printf(
                "%nWithout copies, %s view(s) of %,d rows each; seconds, best of %s%n",
                shape.views(), shape.rows(), ROUNDS);
        for (int rows : sizes) {
            var best = best(List.of(tool), shape, tables.spine(rows), rows);
            System.out.printf("  %,10d spine rows:  %.2f; server %s MiB%n", rows, best[0], server.memory());
        }
    }

    private void measure(Shape shape, List<Integer> sizes) throws Exception {
        var tools = tools(shape);
        warmUp(tools, shape);
        System.out.printf(
                "%n%s view(s) of %,d rows each, %s features each; seconds, best of %s%n",
                shape.views(), shape.rows(), TrainingTables.FEATURES, ROUNDS);
        for (int rows : sizes) {
            Path spine = tables.spine(rows);
            var best = best(tools, shape, spine, rows);
            compare(tools, rows);
            System.out.printf("  %,10d spine rows:", rows);
            for (int i = 0; i < best.length; i++) {
                if (Double.isFinite(best[i])) {
                    System.out.printf("  %s %.2f (%.2f)", tools.get(i).name(), best[i], best[i] / best[0]);
                }
            }
            System.out.printf("; server %s MiB%n", server.memory());
            for (int i = best.length - 1; i >= OWN_TOOLS; i--) {
                if (!(best[i] <= LONG_SECONDS)) {
                    tools.remove(i);
                }
            }
        }
    }

    /** Servers that have done this before, and one of them often enough to have copied the histories; Python's tools come compiled. */
    private void warmUp(List<Tool> tools, Shape shape) throws Exception {
        Path spine = tables.spine(WARM_UP_ROWS);
        Path result = result(tools.getFirst(), WARM_UP_ROWS);
        long begin = System.nanoTime();
        long rows = (long) shape.views() * shape.rows();
        for (int join = 0; copiedRows() < rows; join++) {
            if (join == MOST_UNTIL_COPIED) {
                throw new IllegalStateException("The histories were not copied; see Asof.log in " + directory);
            }
            stream(shape, spine, result);
        }
        System.out.printf(
                "%nCopied %,d rows %.0f s after the first join of %,d began, others going on%n",
                rows, (System.nanoTime() - begin) / 1e9, WARM_UP_ROWS);
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            for (Tool tool : tools.subList(0, OWN_TOOLS)) {
                tool.run().seconds(shape, spine, result(tool, WARM_UP_ROWS));
            }
        }
    }

    private long copiedRows() throws IOException, InterruptedException {
        var scrape = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/actuator/prometheus".formatted(server.port())))
                        .build(),
                BodyHandlers.ofLines());
        return scrape.body()
                .filter(line -> line.startsWith("asof_training_copied_rows "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .sum();
    }

    /** All have found the same values, by DuckDB's reckoning; Feast gives them in another order and form. */
    private void compare(List<Tool> tools, int rows) throws Exception {
        var files = tools.stream()
                .filter(tool -> rows <= tool.mostRows() && !tool.name().equals("feast"))
                .map(tool -> result(tool, rows).toString())
                .toList();
        var process = new ProcessBuilder(python, SCRIPT, "compare", "", "", String.join(",", files))
                .redirectError(directory.resolve("compare.log").toFile())
                .start();
        if (has("duckdb") && process.waitFor() != 0) {
            throw new IllegalStateException("Results differ; see compare.log in " + directory);
        }
    }

    private Path result(Tool tool, int rows) {
        return directory.resolve("%s-%s.parquet".formatted(tool.name(), rows));
    }

    /** Seconds by tool, infinite where one gave nothing. */
    private double[] best(List<Tool> tools, Shape shape, Path spine, int rows) throws Exception {
        var best = new double[tools.size()];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < best.length; i++) {
                Path result = result(tools.get(i), rows);
                boolean isLong = Double.isFinite(best[i]) && best[i] > LONG_SECONDS;
                if (rows <= tools.get(i).mostRows() && !isLong) {
                    Files.deleteIfExists(result);
                    best[i] = Math.min(
                            best[i],
                            tools.get(i).run().seconds(shape, spine, result).orElse(Double.POSITIVE_INFINITY));
                }
            }
        }
        return best;
    }

    private List<Tool> tools(Shape shape) throws Exception {
        var tools = new ArrayList<Tool>();
        tools.add(new Tool("Asof", Integer.MAX_VALUE, this::stream));
        tools.add(new Tool("Asof-dataset", Integer.MAX_VALUE, this::dataset));
        for (String name : List.of("duckdb", "pandas")) {
            if (has(name)) {
                int most = name.equals("pandas") ? SLOW_TOOLS_ROWS : Integer.MAX_VALUE;
                tools.add(new Tool(
                        name, most, (each, spine, result) -> python(name, each, spine, result, patterns(each))));
            }
        }
        if (has("feast")) {
            var views = String.join(",", shape.viewNames());
            python("feast-tables", shape, directory, directory, views);
            tools.add(new Tool(
                    "feast", SLOW_TOOLS_ROWS, (each, spine, result) -> python("feast", each, spine, result, views)));
        }
        return tools;
    }

    private String patterns(Shape shape) {
        return shape.viewNames().stream()
                .map(name -> directory
                        .resolve("%s-%s-*.parquet".formatted(name, shape.rows()))
                        .toString())
                .collect(Collectors.joining(","));
    }

    private boolean has(String module) throws InterruptedException {
        try {
            boolean has = new ProcessBuilder(python, "-c", "import " + module)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
            if (!has) {
                System.out.printf(
                        "%s is skipped: '%s' doesn't have it; name a Python that does with -Dbenchmark.python%n",
                        module, python);
            }
            return has;
        } catch (IOException e) {
            System.out.printf("%s is skipped: there is no '%s'%n", module, python);
            return false;
        }
    }

    private OptionalDouble python(String tool, Shape shape, Path spine, Path result, String histories)
            throws IOException, InterruptedException {
        var postgres = stores.postgres().orElseThrow();
        var address = "postgresql://%s:%s@127.0.0.1:%s/%s"
                .formatted(postgres.username(), postgres.password(), postgres.port(), postgres.database());
        var process = new ProcessBuilder(
                        python,
                        SCRIPT,
                        tool,
                        spine.toString(),
                        result.toString(),
                        histories,
                        directory.resolve("feast-" + shape.views()).toString(),
                        address)
                .redirectError(directory.resolve(tool + ".log").toFile())
                .start();
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            System.out.printf("%s failed: see its log in %s%n", tool, directory);
            return OptionalDouble.empty();
        }
        var lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .lines()
                .toList();
        return OptionalDouble.of(JSON.readTree(lines.getLast()).get("seconds").asDouble());
    }

    /** As a client that sends a file and stores what comes back. */
    private OptionalDouble stream(Shape shape, Path spine, Path result) throws Exception {
        long begin = System.nanoTime();
        var response = http.send(
                multipart(
                        "/historical-features?format=parquet",
                        "{\"feature_service\": \"%s\"}".formatted(shape.service()),
                        spine),
                BodyHandlers.ofFile(result));
        if (response.statusCode() != 200) {
            throw new IllegalStateException(Files.readString(result));
        }
        return OptionalDouble.of((System.nanoTime() - begin) / 1e9);
    }

    /** A dataset built with all its checks, and downloaded. */
    private OptionalDouble dataset(Shape shape, Path spine, Path result) throws Exception {
        long begin = System.nanoTime();
        var answer = JSON.readTree(http.send(
                        multipart(
                                "/training-datasets",
                                "{\"name\": \"benchmark\", \"feature_service\": \"%s\", \"label_column\": \"label\"}"
                                        .formatted(shape.service()),
                                spine),
                        BodyHandlers.ofString())
                .body());
        if (!answer.has("version")) {
            throw new IllegalStateException(answer.toString());
        }
        String path = "/training-datasets/benchmark@v" + answer.get("version").asInt();
        String state = "";
        while (!state.equals("done")) {
            Thread.sleep(50);
            state = send(request(path, "application/json").GET()).get("state").asString();
            if (state.equals("failed")) {
                throw new IllegalStateException("The dataset failed");
            }
        }
        http.send(request(path + "/rows.parquet", "application/json").GET().build(), BodyHandlers.ofFile(result));
        double seconds = (System.nanoTime() - begin) / 1e9;
        send(request(path, "application/json").DELETE());
        return OptionalDouble.of(seconds);
    }

    private HttpRequest multipart(String path, String request, Path spine) throws IOException {
        String boundary = "spine-of-the-benchmark";
        BodyPublisher head = BodyPublishers.ofString("""
            --%1$s\r
            Content-Disposition: form-data; name="request"\r
            Content-Type: application/json\r
            \r
            %2$s\r
            --%1$s\r
            Content-Disposition: form-data; name="spine"; filename="spine.parquet"\r
            Content-Type: application/vnd.apache.parquet\r
            \r
            """.formatted(boundary, request));
        BodyPublisher tail = BodyPublishers.ofString("\r\n--%s--\r\n".formatted(boundary));
        return request(path, "multipart/form-data; boundary=" + boundary)
                .POST(BodyPublishers.concat(head, BodyPublishers.ofFile(spine), tail))
                .build();
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
