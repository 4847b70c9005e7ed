package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.online.OnlineStore;
import dev.asof.registry.Registry;
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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * How fast lookups of 20 aggregates over four windows are against lookups of 20 plain features, by how often a key has events,
 * measured in turns in one run; and what a key takes in Redis. Arguments: options for the server's JVM.
 */
public final class WindowBenchmark {

    private static final int ROUNDS = 3;
    private static final Duration WINDOW = Duration.ofSeconds(2);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final int CONNECTIONS = 16;

    private WindowBenchmark() {}

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark"));
        var jvm = List.of(args[0].strip().split(" +"));
        System.out.printf(
                "%s processors, server run with %s%n", Runtime.getRuntime().availableProcessors(), jvm);
        var data = Files.createTempDirectory(directory, "stores-");
        try (var stores = EmbeddedStores.start(
                new EmbeddedSettings(data, directory.resolve("bin"), Durability.THROWAWAY, true, true))) {
            fill(stores);
            int port = ServerUnderLoad.freePort();
            var arguments = new ArrayList<>(LookupStores.arguments(stores));
            arguments.add("--server.port=" + port);
            try (var server = ServerUnderLoad.java(
                    directory, "Asof", jvm, AsofApplication.class, port, arguments.toArray(String[]::new))) {
                for (int entities : List.of(1, 100)) {
                    measure(server, entities, CONNECTIONS);
                }
                measure(server, 1, 1);
            }
        }
        System.exit(0);
    }

    private static void fill(EmbeddedStores stores) throws Exception {
        var arguments = new ArrayList<>(LookupStores.arguments(stores));
        arguments.add("--server.port=0");
        try (var server = SpringApplication.run(AsofApplication.class, arguments.toArray(String[]::new))) {
            define(server);
            for (var shape : WindowShape.values()) {
                var view = server.getBean(Registry.class)
                        .current()
                        .currentView(new FeatureViewName(shape.viewName()))
                        .orElseThrow();
                long before = LookupStores.redisBytes(stores);
                shape.fill(server.getBean(OnlineStore.class), view, Instant.now());
                System.out.printf(
                        "%-8s %,9d bytes a key in Redis%n",
                        shape, (LookupStores.redisBytes(stores) - before) / shape.accounts());
            }
        }
    }

    private static void define(ConfigurableApplicationContext server) throws IOException, InterruptedException {
        var port = server.getEnvironment().getProperty("local.server.port");
        try (var http = HttpClient.newHttpClient()) {
            var response = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1/definitions".formatted(port)))
                            .header("Content-Type", "application/yaml")
                            .POST(HttpRequest.BodyPublishers.ofString(WindowShape.definitions()))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(response.body());
            }
        }
    }

    private static void measure(ServerUnderLoad server, int entities, int connections) throws IOException {
        Map<WindowShape, List<byte[]>> requests = new EnumMap<>(WindowShape.class);
        Map<WindowShape, Measured> results = new EnumMap<>(WindowShape.class);
        for (var shape : WindowShape.values()) {
            requests.put(shape, shape.requests(entities));
            results.put(shape, Measured.NOTHING);
            LoadGenerator.run(server, shape.requests(entities), connections, WARM_UP);
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (var shape : WindowShape.values()) {
                var measured =
                        LoadGenerator.run(server, Objects.requireNonNull(requests.get(shape)), connections, WINDOW);
                results.merge(shape, measured, Measured::and);
            }
        }
        double plain = Objects.requireNonNull(results.get(WindowShape.PLAIN)).perSecond();
        results.forEach((shape, measured) -> System.out.printf(
                "%4d entities %3d connections %-8s %,9.0f requests/s  %.2f of plain  p50 %6.2f  p99 %6.2f ms  %8.1f"
                        + " µs%n",
                entities,
                connections,
                shape,
                measured.perSecond(),
                measured.perSecond() / plain,
                measured.percentile(0.5),
                measured.percentile(0.99),
                measured.cpuMicros()));
    }
}
