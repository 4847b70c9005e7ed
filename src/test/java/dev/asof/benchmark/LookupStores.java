package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.FeatureViewName;
import io.lettuce.core.RedisClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** A Postgres and a Redis with the definitions and the rows of the lookup benchmark. */
final class LookupStores implements AutoCloseable {

    private static final int ROWS_AT_ONCE = 20_000;

    private final EmbeddedStores stores;
    private final String views;

    private LookupStores(EmbeddedStores stores, String views) {
        this.stores = stores;
        this.views = views;
    }

    /** Starts the stores and fills them, by a server that is gone when this returns. */
    static LookupStores filled(Path directory, List<Integer> views, int accounts) throws Exception {
        var data = Files.createTempDirectory(directory, "stores-");
        var stores = EmbeddedStores.start(
                new EmbeddedSettings(data, directory.resolve("bin"), Durability.THROWAWAY, true, true));
        var arguments = new ArrayList<>(arguments(stores));
        arguments.add("--server.port=0");
        try (var server = SpringApplication.run(AsofApplication.class, arguments.toArray(String[]::new))) {
            define(server, views);
            var prefixes = new ArrayList<String>();
            for (int features : views) {
                long before = redisBytes(stores);
                var name = new FeatureViewName(LookupShape.viewName(features));
                var view = server.getBean(Registry.class)
                        .current()
                        .currentView(name)
                        .orElseThrow();
                fill(server.getBean(OnlineStore.class), view, accounts);
                System.out.printf(
                        "Redis memory, %s FLOAT64 an entity: Asof %s bytes%n",
                        features, (redisBytes(stores) - before) / accounts);
                prefixes.add("%s=f%s".formatted(features, Long.toString(view.id(), Character.MAX_RADIX)));
            }
            return new LookupStores(stores, String.join(",", prefixes));
        }
    }

    private static void define(ConfigurableApplicationContext server, List<Integer> views) throws Exception {
        int most = views.stream().mapToInt(Integer::intValue).max().orElse(0);
        var bundle = new StringBuilder("""
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
            """);
        IntStream.range(0, most).forEach(i -> bundle.append("  - {name: f%s, type: FLOAT64}\n".formatted(i)));
        bundle.append("event_timestamp: at\n");
        for (int features : views) {
            bundle.append("""
                ---
                kind: feature_view
                name: %1$s
                entities: [account]
                source: activity
                features: [%2$s]
                ---
                kind: feature_service
                name: model_%3$s
                features: ["%1$s:*"]
                """.formatted(
                            LookupShape.viewName(features),
                            IntStream.range(0, features)
                                    .mapToObj(i -> "{name: f%1$s, column: f%1$s}".formatted(i))
                                    .collect(Collectors.joining(", ")),
                            features));
        }
        var port = server.getEnvironment().getProperty("local.server.port");
        try (var http = HttpClient.newHttpClient()) {
            var response = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1/definitions".formatted(port)))
                            .header("Content-Type", "application/yaml")
                            .POST(HttpRequest.BodyPublishers.ofString(bundle.toString()))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(response.body());
            }
        }
    }

    private static void fill(OnlineStore online, RegisteredView view, int accounts) {
        var event = Instant.parse("2026-01-01T00:00:00Z");
        int features = view.features().size();
        for (int first = 0; first < accounts; first += ROWS_AT_ONCE) {
            var rows = new ArrayList<OnlineRow>(ROWS_AT_ONCE);
            for (int i = first; i < Math.min(accounts, first + ROWS_AT_ONCE); i++) {
                Object[] values = new Object[features];
                for (int feature = 0; feature < features; feature++) {
                    values[feature] = LookupShape.value(i, feature);
                }
                rows.add(online.pack(view, FeatureRow.of(new Object[] {LookupShape.account(i)}, event, 1, values)));
            }
            online.write(view, rows);
        }
    }

    /** What a server on these stores is to be started with. */
    static List<String> arguments(EmbeddedStores stores) {
        var postgres = stores.postgres().orElseThrow();
        return List.of(
                "--asof.embedded.enabled=false",
                "--logging.level.root=warn",
                "--spring.datasource.url=" + postgres.jdbcUrl(),
                "--spring.datasource.username=" + postgres.username(),
                "--spring.datasource.password=" + postgres.password(),
                "--spring.data.redis.url=" + stores.redisUri().orElseThrow(),
                "--asof.reader.password=" + stores.readerPassword());
    }

    /** What a server is to be started with. */
    List<String> arguments() {
        return arguments(stores);
    }

    URI redis() {
        return URI.create(stores.redisUri().orElseThrow());
    }

    /** Of Redis. */
    String password() {
        return redis().getUserInfo().substring(1);
    }

    /** As {@link FloorRows#of} reads them. */
    String views() {
        return views;
    }

    /** What Redis holds in all; what its tables of keys take is part of it. */
    long redisBytes() {
        return redisBytes(stores);
    }

    static long redisBytes(EmbeddedStores stores) {
        try (var client = RedisClient.create(stores.redisUri().orElseThrow());
                var connection = client.connect()) {
            var used = connection
                    .sync()
                    .info("memory")
                    .lines()
                    .filter(line -> line.startsWith("used_memory:"))
                    .findFirst()
                    .orElseThrow();
            return Long.parseLong(used.substring(used.indexOf(':') + 1).strip());
        }
    }

    @Override
    public void close() {
        stores.close();
    }
}
