package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.online.OnlineStore;
import dev.asof.online.Publication;
import dev.asof.online.PublishedKey;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.Timestamps;
import dev.asof.support.ApiClient;
import dev.asof.transform.window.TilePlan;
import dev.asof.transform.window.TileScheme.Closed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;

/**
 * How fast a lookup of 500 candidates is that computes five on-demand features of each, over one user's lists and a value of the
 * request, against the same lookup without them, measured in turns in one run. Arguments: options for the server's JVM.
 */
public final class OnDemandBenchmark {

    private static final int ROUNDS = 10;
    private static final Duration WINDOW = Duration.ofSeconds(1);
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final int CONNECTIONS = 16;
    private static final int USERS = 1_000;
    private static final int ITEMS = 20_000;
    private static final int CANDIDATES = 500;
    private static final int CATEGORIES = 40;
    private static final int DIMENSIONS = 32;
    private static final int LAST = 50;

    private static final String WITHOUT = "ranker_without";
    private static final String WITH = "ranker";

    private static final String DEFINITIONS = """
        kind: entity
        name: user
        keys: [{name: user_id, type: STRING}]
        ---
        kind: entity
        name: item
        keys: [{name: item_id, type: STRING}]
        ---
        kind: source
        name: purchases
        type: push
        columns:
          - {name: at, type: TIMESTAMP, required: true}
          - {name: user_id, type: STRING}
          - {name: price, type: FLOAT64}
          - {name: category, type: INT64}
        event_timestamp: at
        ---
        kind: source
        name: tastes
        type: push
        columns:
          - {name: at, type: TIMESTAMP, required: true}
          - {name: user_id, type: STRING}
          - {name: vector, type: FLOAT32_LIST, length: 32}
        event_timestamp: at
        ---
        kind: source
        name: catalogue
        type: push
        columns:
          - {name: at, type: TIMESTAMP, required: true}
          - {name: item_id, type: STRING}
          - {name: price, type: FLOAT64}
          - {name: popularity, type: FLOAT64}
          - {name: category, type: INT64}
          - {name: s0, type: FLOAT64}
          - {name: s1, type: FLOAT64}
          - {name: s2, type: FLOAT64}
          - {name: s3, type: FLOAT64}
          - {name: s4, type: FLOAT64}
          - {name: s5, type: FLOAT64}
          - {name: s6, type: FLOAT64}
          - {name: vector, type: FLOAT32_LIST, length: 32}
        event_timestamp: at
        ---
        kind: feature_view
        name: bought
        entities: [user]
        source: purchases
        features:
          - {name: prices, aggregate: last_n, n: 50, column: price, window: 30d}
          - {name: categories, aggregate: last_n, n: 50, column: category, window: 30d}
        ---
        kind: feature_view
        name: taste
        entities: [user]
        source: tastes
        features: [{name: vector, column: vector}]
        ---
        kind: feature_view
        name: offer
        entities: [item]
        source: catalogue
        features: [FEATURES, {name: vector, column: vector}]
        ---
        kind: on_demand_feature_view
        name: fit
        inputs: ["bought:*", "taste:*", "offer:*"]
        request: [{name: position, type: INT64}]
        features:
          - {name: similarity, expression: "cosine(taste.vector, offer.vector)"}
          - {name: score, expression: "dot(taste.vector, offer.vector)"}
          - {name: relative_price, expression: "offer.price / mean(bought.prices)"}
          - {name: known, expression: "offer.category in bought.categories"}
          - {name: prominence, expression: "offer.popularity / ln(request.position + 2)"}
        ---
        kind: feature_service
        name: ranker_without
        features:
          - {view: offer, features: [NAMES]}
        ---
        kind: feature_service
        name: ranker
        features:
          - {view: offer, features: [NAMES]}
          - "fit:*"
        """;

    private static final List<String> FEATURES =
            List.of("price", "popularity", "category", "s0", "s1", "s2", "s3", "s4", "s5", "s6");

    private OnDemandBenchmark() {}

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
                for (boolean with : List.of(false, true, false, true)) {
                    LoadGenerator.run(server, requests(with), CONNECTIONS, WARM_UP);
                }
                for (int connections : List.of(1, CONNECTIONS)) {
                    measure(server, connections);
                }
            }
        }
        System.exit(0);
    }

    private static void fill(EmbeddedStores stores) {
        var arguments = new ArrayList<>(LookupStores.arguments(stores));
        arguments.add("--server.port=0");
        try (var server = SpringApplication.run(AsofApplication.class, arguments.toArray(String[]::new))) {
            int port = Integer.parseInt(
                    Objects.requireNonNull(server.getEnvironment().getProperty("local.server.port")));
            new ApiClient(port)
                    .apply(DEFINITIONS
                            .replace(
                                    "FEATURES",
                                    FEATURES.stream()
                                            .map("{name: %1$s, column: %1$s}"::formatted)
                                            .collect(Collectors.joining(", ")))
                            .replace("NAMES", String.join(", ", FEATURES)))
                    .expect(200);
            var online = server.getBean(OnlineStore.class);
            var registry = server.getBean(Registry.class);
            var random = new Random(1);
            var now = Instant.now();
            var taste = view(registry, "taste");
            online.write(
                    taste,
                    users().mapToObj(i -> online.pack(taste, row(user(i), now, new Object[] {vector(random)})))
                            .toList());
            var offer = view(registry, "offer");
            online.write(
                    offer,
                    IntStream.range(0, ITEMS)
                            .mapToObj(i -> online.pack(offer, row(item(i), now, offer(random))))
                            .toList());
            var bought = view(registry, "bought");
            online.publish(
                    bought,
                    new Publication(1, 1),
                    users().mapToObj(i -> bought(bought, user(i), random, now)).toList());
        }
    }

    private static RegisteredView view(Registry registry, String name) {
        return registry.current().currentView(new FeatureViewName(name)).orElseThrow();
    }

    private static IntStream users() {
        return IntStream.range(0, USERS);
    }

    private static String user(int number) {
        return String.format(Locale.ROOT, "u%09d", number);
    }

    private static String item(int number) {
        return String.format(Locale.ROOT, "i%09d", number);
    }

    private static FeatureRow row(String key, Instant now, Object[] values) {
        return FeatureRow.of(new Object[] {key}, now, 1, values);
    }

    private static List<Float> vector(Random random) {
        return IntStream.range(0, DIMENSIONS).mapToObj(_ -> random.nextFloat()).toList();
    }

    private static Object[] offer(Random random) {
        Object[] values = new Object[FEATURES.size() + 1];
        for (int i = 0; i < FEATURES.size(); i++) {
            values[i] = FEATURES.get(i).equals("category")
                    ? (Object) (long) random.nextInt(CATEGORIES)
                    : (Object) random.nextDouble();
        }
        values[FEATURES.size()] = vector(random);
        return values;
    }

    private static PublishedKey bought(RegisteredView view, String user, Random random, Instant now) {
        ViewAggregates aggregates = view.aggregates().orElseThrow();
        var cells = aggregates.tileCells();
        long micros = Timestamps.toMicros(now);
        var tiles = TilePlan.of(cells, new Closed(micros, TilePlan.scheme(cells).finest()))
                .newKey();
        for (int i = 0; i < LAST; i++) {
            long event = micros - Duration.ofHours(i).toNanos() / 1_000;
            long sequence = LAST - i;
            Object[] values = aggregates.inputs().stream()
                    .map(input -> switch (input.type()) {
                        case FLOAT64 -> (Object) random.nextDouble();
                        case INT64 -> (Object) (long) random.nextInt(CATEGORIES);
                        default -> (Object) true;
                    })
                    .toArray();
            tiles.add(event, (cell, state) -> aggregates.add(cell, state, values, event, sequence));
        }
        return new PublishedKey(Objects.requireNonNull(EntityKey.of(List.of(user))), Optional.empty(), tiles.build());
    }

    /** Of one user and random items each; only on-demand features ask for the user and the position. */
    private static List<byte[]> requests(boolean with) {
        var random = new Random(2);
        return IntStream.range(0, 200)
                .mapToObj(_ -> {
                    String user = user(random.nextInt(USERS));
                    return IntStream.range(0, CANDIDATES)
                            .mapToObj(position -> "{\"item_id\":\"%s\"%s}"
                                    .formatted(item(random.nextInt(ITEMS)), with ? ",\"position\":" + position : ""))
                            .collect(Collectors.joining(
                                    ",",
                                    "{\"feature_service\":\"%s\",%s\"entities\":["
                                            .formatted(
                                                    with ? WITH : WITHOUT,
                                                    with ? "\"common\":{\"user_id\":\"%s\"},".formatted(user) : ""),
                                    "]}"));
                })
                .map(body -> LoadGenerator.post("/api/v1/online-features", body))
                .toList();
    }

    private static void measure(ServerUnderLoad server, int connections) throws IOException {
        Map<String, List<byte[]>> requests = new LinkedHashMap<>();
        requests.put(WITHOUT, requests(false));
        requests.put(WITH, requests(true));
        Map<String, Measured> results = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (var each : requests.entrySet()) {
                results.merge(
                        each.getKey(), LoadGenerator.run(server, each.getValue(), connections, WINDOW), Measured::and);
            }
        }
        double without = Objects.requireNonNull(results.get(WITHOUT)).perSecond();
        results.forEach((service, measured) -> System.out.printf(
                Locale.ROOT,
                "%d candidates %3d connections %-15s %,7.0f requests/s  %.2f  p50 %6.2f  p99 %6.2f ms  %8.1f µs%n",
                CANDIDATES,
                connections,
                service,
                measured.perSecond(),
                measured.perSecond() / without,
                measured.percentile(0.5),
                measured.percentile(0.99),
                measured.cpuMicros()));
    }
}
