package dev.asof.ondemand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The bundle of {@code docs/on-demand.md}: its five features as training rows, as the page shows them. */
@AsofServerTest
class OnDemandTextbookTest {

    private static final Path BUNDLE = Path.of("docs", "on-demand");

    @LocalServerPort
    private int port;

    private ApiClient api;

    @BeforeEach
    void apply() throws IOException {
        api = new ApiClient(port);
        api.apply(file("definitions.yaml")).expect(200);
        send("signups");
        send("purchases");
        Eventually.until(
                () -> api.get("/feature-services/shopper_model/schema").status() == 200,
                () -> api.get("/feature-services/shopper_model"));
    }

    /** Once, however many tests there are. */
    private void send(String source) throws IOException {
        byte[] rows = file(source + ".csv").getBytes(StandardCharsets.UTF_8);
        api.post("/sources/" + source + "/rows", "text/csv", rows, Map.of("Idempotency-Key", "textbook-" + source))
                .expect(200);
    }

    private static String file(String name) throws IOException {
        return Files.readString(BUNDLE.resolve(name));
    }

    private List<Map<String, Object>> training(List<Map<String, Object>> spine) {
        return api.postJson(
                        "/historical-features",
                        Map.of("feature_service", "shopper_model", "spine", Map.of("rows", spine)))
                .expect(200)
                .lines();
    }

    @Test
    void C1_thePagesSpineGivesThePagesRows() throws IOException {
        var rows = Spines.upload(port, "{\"feature_service\":\"shopper_model\"}", "spine.csv", file("spine.csv"))
                .lines();

        assertThat(rows.getFirst().keySet())
                .containsExactly(
                        "shopper_id",
                        "as_of",
                        "amount",
                        "fraud",
                        "shopper_now__days_since_signup",
                        "shopper_now__age_cohort",
                        "shopper_now__log_tx_count",
                        "shopper_now__average_tx",
                        "shopper_now__days_since_purchase",
                        "purchase_check__amount_to_average");
        assertThat(rows.stream().map(row -> Arrays.asList(row.values().toArray())))
                .containsExactly(
                        Arrays.asList(
                                1,
                                "2026-02-01T00:00:00.000000Z",
                                90.0,
                                true,
                                days("2025-11-01T09:30:00Z", "2026-02-01T00:00:00Z"),
                                3,
                                StrictMath.log(4),
                                30.0,
                                4 / 24.0,
                                3.0),
                        Arrays.asList(
                                2,
                                "2026-02-01T00:00:00.000000Z",
                                12.0,
                                false,
                                days("2026-01-20T18:00:00Z", "2026-02-01T00:00:00Z"),
                                0,
                                0.0,
                                null,
                                null,
                                null),
                        Arrays.asList(
                                1,
                                "2025-12-31T10:00:00.000000Z",
                                null,
                                false,
                                days("2025-11-01T09:30:00Z", "2025-12-31T10:00:00Z"),
                                3,
                                StrictMath.log(2),
                                80.0,
                                30.0,
                                null));
        assertThat(Files.readString(Path.of("docs", "on-demand.md")))
                .contains(Spines.upload(port, "{\"feature_service\":\"shopper_model\"}", "spine.csv", file("spine.csv"))
                        .body()
                        .lines()
                        .toList());
    }

    @Test
    void C1_aLookupHasTheValuesOfATrainingRowAsOfItsInstant() {
        var asked = List.of(Cards.row("shopper_id", 1, "amount", 45.5), Cards.row("shopper_id", 2, "amount", null));
        var lookup = api.postJson("/online-features", Map.of("feature_service", "shopper_model", "entities", asked))
                .expect(200)
                .json();
        String asOf = lookup.get("as_of").asString();
        var rows = training(asked.stream()
                .map(row -> {
                    row.put("as_of", asOf);
                    return row;
                })
                .toList());

        assertThat(lookup.get("columns")).hasSize(6);
        for (int row = 0; row < 2; row++) {
            for (int i = 0; i < 6; i++) {
                var value = lookup.get("rows").get(row).get("values").get(i);
                assertThat(rows.get(row).get(lookup.get("columns").get(i).asString()))
                        .isEqualTo(
                                value.isNull()
                                        ? null
                                        : value.isIntegralNumber() ? (Object) value.asInt() : value.asDouble());
            }
        }
    }

    private static double days(String from, String until) {
        return Duration.between(Instant.parse(from), Instant.parse(until)).toSeconds() / 86_400.0;
    }
}
