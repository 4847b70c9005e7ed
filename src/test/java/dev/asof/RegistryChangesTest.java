package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What one server registers, as another server's lookups see it. */
class RegistryChangesTest {

    private static final int VERSIONS = 8;
    private static final Duration SEEN_WITHIN = Duration.ofSeconds(1);
    private static final int LOOKING = 2;

    private static final String DEFINITIONS =
            """
            kind: entity
            name: pump
            keys: [{name: pump, type: STRING}]
            ---
            kind: source
            name: readings
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: pump, type: STRING, required: true}
            %s
            event_timestamp: at
            ---
            kind: feature_view
            name: pressure
            entities: [pump]
            source: readings
            features:
            %s
            """.formatted(features("  - {name: f%1$s, type: INT64}"), features("  - {name: f%1$s, column: f%1$s}"));

    @Test
    void aChangeIsSeenByEveryServerWithinASecondAndNoLookupSeesHalfOfIt() throws Exception {
        var database = TestStores.newDatabase();
        var redis = TestStores.newRedisUri();
        try (var first = StartedServer.on(database, redis);
                var second = StartedServer.on(database, redis);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            first.api().apply(DEFINITIONS).expect(200);
            apply(first.api(), 1);
            first.api().rows("readings", List.of(row())).expect(200);
            awaitVersion(second.api(), 1, Duration.ofSeconds(10));

            var stopped = new AtomicBoolean();
            var lookups = new AtomicInteger();
            var looking = IntStream.range(0, LOOKING)
                    .mapToObj(_ -> threads.submit(() -> {
                        while (!stopped.get()) {
                            lookUp(second.api());
                            lookups.incrementAndGet();
                        }
                    }))
                    .toList();
            try {
                for (int version = 2; version <= VERSIONS; version++) {
                    apply(first.api(), version);
                    assertThat(lookUp(first.api())).isEqualTo(version);
                    awaitVersion(second.api(), version, SEEN_WITHIN);
                }
            } finally {
                stopped.set(true);
            }
            for (var each : looking) {
                each.get();
            }
            assertThat(lookups).hasValueGreaterThan(VERSIONS);
        }
    }

    /** Version n of the service has the first n features. */
    private static void apply(ApiClient api, int version) {
        var features = IntStream.range(0, version)
                .mapToObj(i -> "\"pressure:f" + i + "\"")
                .collect(Collectors.joining(", "));
        api.apply("kind: feature_service\nname: pumps\nfeatures: [%s]\n".formatted(features))
                .expect(200);
    }

    private static void awaitVersion(ApiClient api, int version, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        int seen = lookUpIfThere(api);
        while (seen < version && System.nanoTime() < end) {
            Thread.sleep(5);
            seen = lookUpIfThere(api);
        }
        assertThat(seen).describedAs("version seen after %s", limit).isEqualTo(version);
    }

    private static int lookUpIfThere(ApiClient api) {
        return post(api).status() == 200 ? lookUp(api) : 0;
    }

    /** The version that answered, which must be whole. */
    private static int lookUp(ApiClient api) {
        JsonNode answer = post(api).expect(200).json();
        int version = Integer.parseInt(answer.get("feature_service").asString().substring("pumps@v".length()));

        assertThat(answer.get("columns").valueStream().map(JsonNode::asString))
                .containsExactlyElementsOf(IntStream.range(0, version)
                        .mapToObj(i -> "pressure__f" + i)
                        .toList());
        assertThat(answer.get("rows").get(0).get("values").valueStream().map(JsonNode::asInt))
                .containsExactlyElementsOf(IntStream.range(0, version).boxed().toList());
        return version;
    }

    private static ApiClient.Answer post(ApiClient api) {
        return api.postJson(
                "/online-features", Map.of("feature_service", "pumps", "entities", List.of(Map.of("pump", "p"))));
    }

    private static Map<String, Object> row() {
        var row = IntStream.range(0, VERSIONS)
                .boxed()
                .collect(Collectors.<Integer, String, Object>toMap(i -> "f" + i, i -> i));
        row.put("at", "2026-01-01T00:00:00Z");
        row.put("pump", "p");
        return row;
    }

    private static String features(String line) {
        return IntStream.range(0, VERSIONS).mapToObj(line::formatted).collect(Collectors.joining("\n"));
    }
}
