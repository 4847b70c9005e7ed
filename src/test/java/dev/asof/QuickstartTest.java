package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** The README's five minutes, on a server of their own: its definitions are not to meet those of other tests. */
@AsofServerTest
@TestPropertySource(properties = "spring.application.name=quickstart")
class QuickstartTest {

    private static final Path QUICKSTART = Path.of("docs", "quickstart");
    private static final int ROWS = 20_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @LocalServerPort
    private int port;

    private ApiClient api;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
    }

    @Test
    void theWalkGivesWhatTheReadmeSays() throws IOException, InterruptedException {
        String changed = Files.readString(QUICKSTART.resolve("changed.yaml"));
        api.apply(Files.readString(QUICKSTART.resolve("definitions.yaml"))).expect(200);

        JsonNode batch = api.post("/sources/flights/rows", "text/csv", flights())
                .expect(200)
                .json();
        assertThat(batch.get("accepted").asInt()).isEqualTo(ROWS - 1);
        assertThat(batch.get("quarantined").asInt()).isEqualTo(1);
        assertThat(batch.get("online").asString()).isEqualTo("applied");
        assertThat(lookUp("delay_model")).isEqualTo("[21,1089,true,21,\"LAX\",2.0]");
        assertThat(trainingRow()).containsEntry("late", true).containsEntry("departures__last_delay", null);

        assertThat(dryRun(changed)).isEqualTo("2 new versions");
        api.apply(changed).expect(200);
        awaitServiceVersion2();
        promoteDepartures2();
        assertThat(lookUp("delay_model@v1")).isEqualTo("[21,1089,true,21,\"LAX\",2.0]");
        assertThat(lookUp("delay_model@v2")).isEqualTo("[21,1089,false,21,\"LAX\",2.0]");

        api.apply(Files.readString(QUICKSTART.resolve("windows.yaml"))).expect(200);
        Eventually.until(
                () -> lookUpActivity().contains("[1,21.0,21.0,1,21.0,{\"keys\":[\"ORD\"],\"values\":[1]}]"),
                this::lookUpActivity);
    }

    private String lookUpActivity() {
        var request = Map.of("features", List.of("airport_activity:*"), "entities", List.of(Map.of("airport", "JFK")));
        return api.postJson("/online-features", request).body();
    }

    /** One breaks the contract; the newest departs from JFK and the one before arrives there. */
    private static String flights() {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        var csv = new StringBuilder("departed_at,origin,destination,delay,distance\n");
        for (int i = ROWS; i > 2; i--) {
            csv.append(now.minusSeconds(i))
                    .append(",BOS,ORD,5,")
                    .append(i == 100 ? -867 : 867)
                    .append('\n');
        }
        return csv.append(now.minusSeconds(2))
                .append(",LAX,JFK,21,1050\n")
                .append(now.minusSeconds(1))
                .append(",JFK,ORD,21,1089\n")
                .toString();
    }

    private String lookUp(String service) {
        return api.get("/online-features/" + service + "?airport=JFK")
                .expect(200)
                .json()
                .get("rows")
                .get(0)
                .get("values")
                .toString();
    }

    private Map<String, Object> trainingRow() {
        var spine = "select origin as airport, departed_at as as_of, delay > 15 as late from sources.flights"
                + " where origin = 'JFK'";
        List<Map<String, Object>> rows = api.postJson(
                        "/historical-features", Map.of("feature_service", "delay_model", "spine", Map.of("sql", spine)))
                .expect(200)
                .lines();
        assertThat(rows).hasSize(1);
        return rows.getFirst();
    }

    private String dryRun(String bundle) {
        return api.post("/definitions?dry_run=true", "application/yaml", bundle)
                .expect(200)
                .json()
                .get("summary")
                .asString();
    }

    private void awaitServiceVersion2() throws InterruptedException {
        for (Instant end = Instant.now().plus(PATIENCE); Instant.now().isBefore(end); Thread.sleep(50)) {
            if (api.get("/feature-services/delay_model@v2/schema")
                    .expect(200)
                    .body()
                    .contains("\"ready\"")) {
                return;
            }
        }
        throw new AssertionError("delay_model@v2 did not become ready");
    }

    private void promoteDepartures2() {
        api.postJson("/feature-views/departures/versions/2/promote", Map.of()).expect(200);
    }
}
