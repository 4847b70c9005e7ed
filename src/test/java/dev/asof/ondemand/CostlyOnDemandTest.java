package dev.asof.ondemand;

import static dev.asof.ondemand.Cards.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Meters;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.json.JsonMapper;

/** On-demand features that take minutes end when nobody wants them any more. */
@AsofServerTest
class CostlyOnDemandTest {

    /** The product of both lengths is just below the steps that a row may take. */
    private static final int LENGTH = 4_400;

    private static final String EXPRESSION = "levenshtein(request.one, request.other)";
    private static final int FEATURES = 20;
    private static final int ROWS = 400;
    private static final Duration SOON = Duration.ofSeconds(20);

    @LocalServerPort
    private int port;

    private Meters datasets;
    private String name;

    @BeforeEach
    void define() {
        datasets = new Meters(port);
        name = datasets.name() + "_costly";
        datasets.api()
                .apply("""
                    kind: on_demand_feature_view
                    name: %s
                    request: [{name: one, type: STRING}, {name: other, type: STRING}]
                    features:
                    %s
                    """.formatted(
                                name,
                                IntStream.range(0, FEATURES)
                                        .mapToObj(i -> "  - {name: f%s, expression: \"%s\"}".formatted(i, EXPRESSION))
                                        .collect(Collectors.joining("\n"))))
                .expect(200);
    }

    private Map<String, Object> request() {
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(row("as_of", Cards.AT, "one", "a".repeat(LENGTH), "other", "b".repeat(LENGTH)));
        }
        return row("features", List.of(name + ":*"), "spine", Map.of("rows", rows));
    }

    private static boolean isComputing() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .anyMatch(frame -> frame.getClassName().equals("dev.asof.training.ComputedValues"));
    }

    private static void assertEndsSoon() {
        var end = Instant.now().plus(SOON);
        Eventually.until(() -> !isComputing(), () -> "still computing");
        assertThat(Instant.now()).isBefore(end);
    }

    @Test
    void aJoinEndsWhenItsClientHasLeft() {
        var http = HttpClient.newHttpClient();
        var answer = http.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1/historical-features".formatted(port)))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(new JsonMapper().writeValueAsString(request())))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        Eventually.until(CostlyOnDemandTest::isComputing, () -> answer);

        http.shutdownNow();
        assertEndsSoon();
    }

    @Test
    void aDatasetsBuildEndsWhenItIsCancelled() {
        var request = request();
        request.put("name", datasets.name());
        var dataset = datasets.order(request);
        Eventually.until(CostlyOnDemandTest::isComputing, () -> datasets.get(dataset));

        datasets.api()
                .post("/training-datasets/" + dataset + "/cancel", "application/json", "")
                .expect(200);
        assertEndsSoon();
        datasets.awaitState(dataset, "cancelled");
    }

    @Test
    void aRowHasSoMuchAtMost() {
        var features = IntStream.range(0, 2 * FEATURES)
                .mapToObj(i -> "  - {name: f%s, expression: request.one + request.one}".formatted(i))
                .collect(Collectors.joining("\n"));
        datasets.api().apply("""
            kind: on_demand_feature_view
            name: %s_long
            request: [{name: one, type: STRING}]
            features:
            %s
            """.formatted(name, features)).expect(200);
        var spine = Map.of("rows", List.of(row("as_of", Cards.AT, "one", "é".repeat(400_000))));

        var all = row("features", List.of(name + "_long:*"), "spine", spine);
        assertThat(datasets.api()
                        .postJson("/historical-features", all)
                        .expect(413)
                        .body())
                .contains("more than 32 MiB: ask for fewer");
        all.put("name", datasets.name());
        var dataset = datasets.awaitState(datasets.order(all), "failed");
        assertThat(datasets.get(dataset).get("error").asString()).contains("more than 32 MiB");
        var some = row("features", List.of(name + "_long:f0", name + "_long:f1"), "spine", spine);
        datasets.api().postJson("/historical-features", some).expect(200);
    }
}
