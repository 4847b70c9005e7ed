package dev.asof.registry;

import static dev.asof.registry.RegistryTestSupport.ACTIVITY;
import static dev.asof.registry.RegistryTestSupport.ALL;
import static dev.asof.registry.RegistryTestSupport.CARDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.RegistryTestSupport.Fixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@RegistryTest
class DefinitionApiTest {

    private static final String YAML = "application/yaml";
    private static final String JSON = "application/json";

    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonMapper json = new JsonMapper();

    @LocalServerPort
    private int port;

    @Autowired
    private Fixture fixture;

    @BeforeEach
    void empty() throws InterruptedException {
        fixture.empty();
    }

    @Test
    void aBundleAnswersItsPlan() throws Exception {
        var dry = send("POST", "/definitions?dry_run=true", YAML, ALL, "text/plain");
        assertThat(dry.body())
                .startsWith("Dry run, nothing was changed: 4 created\n")
                .contains("+ entity card: created");

        var applied = tree(send("POST", "/definitions", YAML, ALL, "*/*"));
        assertThat(applied.get("dry_run").asBoolean()).isFalse();
        assertThat(applied.get("summary").asString()).isEqualTo("4 created");
        var change = applied.get("changes").get(2);
        assertThat(change.get("action").asString()).isEqualTo("created");
        assertThat(change.get("compatibility").asString()).isEqualTo("compatible");
        assertThat(change.get("state").asString()).isEqualTo("candidate");
    }

    @Test
    void onePutCreatesThenChangesNothing() throws Exception {
        String card = "keys: [{name: card_id, type: STRING}]\n";
        assertThat(send("PUT", "/entities/card?dry_run=true", YAML, card, JSON).statusCode())
                .isEqualTo(200);
        assertThat(send("PUT", "/entities/card", YAML, card, JSON).statusCode()).isEqualTo(201);
        var again =
                send("PUT", "/entities/card", JSON, "{\"keys\":[{\"name\":\"card_id\",\"type\":\"STRING\"}]}", JSON);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(tree(again).get("summary").asString()).isEqualTo("1 unchanged");
    }

    @Test
    void answersCanBeSentBack() throws Exception {
        fixture.apply(ALL);
        for (String path : new String[] {
            "/entities/card", "/sources/transactions", "/feature-views/card_activity", "/feature-services/fraud_model"
        }) {
            for (String type : new String[] {JSON, YAML}) {
                var answer = send("GET", path, null, null, type);
                assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                        .startsWith(type);
                var back = send("PUT", path, type, answer.body(), JSON);
                assertThat(tree(back).get("summary").asString())
                        .as(path + answer.body())
                        .isEqualTo("1 unchanged");
            }
        }
    }

    @Test
    void aDefinitionCarriesItsStatus() throws Exception {
        fixture.apply(ALL);
        fixture.ready("card_activity", 1);

        var status = tree(get("/feature-views/card_activity")).get("status");
        assertThat(status.get("version").asInt()).isEqualTo(1);
        assertThat(status.get("current_version").asInt()).isEqualTo(1);
        assertThat(status.get("state").asString()).isEqualTo("ready");
        assertThat(status.get("created_at").asString()).isEqualTo("2026-11-21T07:48:00.123456Z");
        assertThat(status.get("features").get(0).get("type").asString()).isEqualTo("FLOAT64");
        assertThat(tree(get("/feature-services/fraud_model@v1"))
                        .get("status")
                        .get("pins")
                        .get(0)
                        .asString())
                .isEqualTo("card_activity@v1");
    }

    @Test
    void W6_aServicesSchemaTellsWhatKeysAndValuesAreAPartOf() throws Exception {
        fixture.apply(CARDS + """
            ---
            kind: feature_view
            name: spend
            entities: [{name: card, keys: {card_id: cc_num}}]
            source: transactions
            features: [{name: by_card, aggregate: count, window: 24h, by: cc_num}]
            ---
            kind: feature_service
            name: spending
            features: [{view: spend, as: payee, features: [by_card]}]
            """);

        var columns = tree(get("/feature-services/spending/schema")).get("columns");
        assertThat(columns.toString())
                .isEqualTo("[{\"name\":\"payee__by_card_keys\",\"type\":\"STRING_LIST\",\"view\":\"spend@v1\","
                        + "\"feature\":\"by_card_keys\",\"part_of\":\"payee__by_card\"},"
                        + "{\"name\":\"payee__by_card_values\",\"type\":\"INT64_LIST\",\"view\":\"spend@v1\","
                        + "\"feature\":\"by_card_values\",\"part_of\":\"payee__by_card\"}]");
        assertThat(get("/feature-views/spend").body()).contains("\"hop\":\"1h\"", "\"max_keys\":100");
    }

    @Test
    void aServiceTellsItsSchema() throws Exception {
        fixture.apply(ALL);

        for (String reference : new String[] {"fraud_model", "fraud_model@v1"}) {
            var schema = tree(get("/feature-services/" + reference + "/schema"));
            assertThat(schema.get("feature_service").asString()).isEqualTo("fraud_model@v1");
            assertThat(schema.get("state").asString()).isEqualTo("candidate");
            assertThat(schema.get("keys").get(0).get("name").asString()).isEqualTo("card_id");
            assertThat(schema.get("columns").get(1).get("name").asString()).isEqualTo("card_activity__last_time");
            assertThat(schema.get("columns").get(1).get("type").asString()).isEqualTo("TIMESTAMP");
        }
        assertThat(get("/feature-services/fraud_model@v9/schema").statusCode()).isEqualTo(404);
    }

    @Test
    void versionsArePromotedAndRetired() throws Exception {
        fixture.apply(ALL);
        fixture.ready("card_activity", 1);
        fixture.apply(ACTIVITY.replace("column: amount", "column: cc_num"));
        String versions = "/feature-views/card_activity/versions";
        assertThat(post(versions + "/2/promote").statusCode()).isEqualTo(409);
        fixture.ready("card_activity", 2);

        assertThat(tree(post(versions + "/2/promote"))
                        .get("status")
                        .get("current_version")
                        .asInt())
                .isEqualTo(2);
        assertThat(post(versions + "/1/retire").body()).contains("feature service fraud_model@v1");
        assertThat(tree(post("/feature-services/fraud_model/versions/1/retire"))
                        .get("status")
                        .get("state")
                        .asString())
                .isEqualTo("retired");
        assertThat(tree(post(versions + "/1/retire")).get("status").get("state").asString())
                .isEqualTo("retired");
        assertThat(tree(get(versions)).get("items")).hasSize(2);
        assertThat(get(versions + "/7").body()).contains("card_activity@v2");
    }

    @Test
    void listsFilterAndPage() throws Exception {
        for (String name : new String[] {"a", "b", "c", "d", "e"}) {
            fixture.apply("kind: entity\nname: %s\nowner: %s\ntags: {team: x}\nkeys: [{name: key, type: INT64}]\n"
                    .formatted(name, name.equals("c") ? "carol" : "bob"));
        }
        var first = tree(get("/entities?page_size=2"));
        assertThat(names(first)).isEqualTo("a b");
        var second = tree(get("/entities?page_size=2&page_token="
                + first.get("next_page_token").asString()));
        assertThat(names(second)).isEqualTo("c d");
        var third = tree(get("/entities?page_size=2&page_token="
                + second.get("next_page_token").asString()));
        assertThat(names(third)).isEqualTo("e");
        assertThat(third.get("next_page_token").isNull()).isTrue();
        assertThat(names(tree(get("/entities?owner=carol")))).isEqualTo("c");
        assertThat(names(tree(get("/entities?tag=team:x&text=D")))).isEqualTo("d");
        assertThat(names(tree(get("/entities?tag=team:y")))).isEmpty();
    }

    @Test
    void badRequestsSayWhatToChange() throws Exception {
        assertThat(get("/entities?page_size=0&page_token=%20").statusCode()).isEqualTo(400);
        assertThat(tree(get("/entities?page_size=501&page_token=nonsense!")).get("violations"))
                .hasSize(2);
        assertThat(get("/sources/transaction").statusCode()).isEqualTo(404);
        assertThat(send("PUT", "/entities/Bad__Name", YAML, "keys: [{name: id, type: INT64}]", JSON)
                        .statusCode())
                .isEqualTo(422);
        assertThat(send("PUT", "/entities/card", "text/csv", "a,b", JSON).statusCode())
                .isEqualTo(415);
        assertThat(send("POST", "/definitions", YAML, "kind: [", JSON).statusCode())
                .isBetween(400, 422);
        assertThat(send("POST", "/definitions", YAML, CARDS + "\"\\0\": 1\n", JSON)
                        .statusCode())
                .isEqualTo(422);
        var notUtf8 = HttpRequest.newBuilder(uri("/definitions"))
                .header("Content-Type", YAML)
                .POST(BodyPublishers.ofByteArray(new byte[] {(byte) 0xff, (byte) 0xfe}))
                .build();
        assertThat(client.send(notUtf8, BodyHandlers.ofString()).body()).contains("UTF-8");
    }

    @Test
    void deletionAnswersItsPlan() throws Exception {
        fixture.apply(ALL);
        assertThat(send("DELETE", "/sources/transactions", null, null, JSON).statusCode())
                .isEqualTo(409);
        var deleted = send("DELETE", "/feature-services/fraud_model", null, null, "text/plain");
        assertThat(deleted.body()).isEqualTo("Applied: 1 deleted\n\n- feature service fraud_model: deleted\n");
        assertThat(get("/feature-services/fraud_model").statusCode()).isEqualTo(404);
    }

    private static String names(JsonNode list) {
        var names = new StringBuilder();
        list.get("items")
                .forEach(item -> names.append(item.get("name").asString()).append(' '));
        return names.toString().strip();
    }

    private JsonNode tree(HttpResponse<String> response) {
        return json.readTree(response.body());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path, null, null, JSON);
    }

    private HttpResponse<String> post(String path) throws IOException, InterruptedException {
        return send("POST", path, null, null, JSON);
    }

    private HttpResponse<String> send(
            String method, String path, @Nullable String type, @Nullable String body, String accept)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri(path))
                .header("Accept", accept)
                .method(
                        method,
                        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body, StandardCharsets.UTF_8));
        if (type != null) {
            request.header("Content-Type", type);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://localhost:%s/api/v1%s".formatted(port, path));
    }
}
