package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API's description: the committed one is the server's, it is whole, and its examples run. */
@AsofServerTest
class OpenApiTest {

    private static final Path COMMITTED = Path.of("openapi/openapi.yaml");
    private static final String REFRESH = "./mvnw test -Dtest=OpenApiTest -Dopenapi.write=true";

    @LocalServerPort
    private int port;

    private String yaml;
    private JsonNode api;

    @BeforeEach
    void fetch() throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            yaml = fetch(http, "/v3/api-docs.yaml");
            api = JsonMapper.shared().readTree(fetch(http, "/v3/api-docs"));
        }
    }

    private String fetch(HttpClient http, String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return answer.body();
    }

    @Test
    void theCommittedDescriptionIsTheServers() throws IOException {
        if (Boolean.getBoolean("openapi.write")) {
            Files.createDirectories(COMMITTED.getParent());
            Files.writeString(COMMITTED, yaml);
        }
        assertThat(Files.exists(COMMITTED) ? Files.readString(COMMITTED) : "")
                .as(
                        "%s is not what the server says. If the change is meant, commit the result of: %s",
                        COMMITTED, REFRESH)
                .isEqualTo(yaml);
    }

    @Test
    void everyOperationIsDescribed() {
        var groups = api.path("tags")
                .valueStream()
                .map(tag -> tag.path("name").asString())
                .toList();
        var ids = new HashSet<String>();

        assertThat(operations()).isNotEmpty().allSatisfy((name, operation) -> {
            assertThat(operation.path("summary").asString("")).as(name).isNotBlank();
            assertThat(operation.path("tags").valueStream().map(JsonNode::asString))
                    .as(name)
                    .isSubsetOf(groups);
            assertThat(ids.add(operation.path("operationId").asString()))
                    .as("%s has an id of its own", name)
                    .isTrue();
            assertThat(operation.path("operationId").asString()).as(name).matches("[a-z]+[A-Za-z]+");
            assertThat(operation.path("responses").has("default"))
                    .as("%s says how it fails", name)
                    .isTrue();
            operation
                    .path("responses")
                    .properties()
                    .forEach(response -> response.getValue()
                            .path("content")
                            .properties()
                            .forEach(content -> {
                                assertThat(content.getKey()).as(name).isNotEqualTo("*/*");
                                assertThat(content.getValue().path("schema"))
                                        .as(name)
                                        .isNotEmpty();
                            }));
        });
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        var referenced = new TreeSet<String>();
        collect(api, referenced);

        assertThat(referenced)
                .contains("#/components/schemas/Problem")
                .allSatisfy(
                        reference -> assertThat(api.at(reference.substring(1)).isMissingNode())
                                .as(reference)
                                .isFalse());
    }

    @Test
    void namesAreInSnakeCase() {
        assertThat(api.at("/components/schemas").properties())
                .allSatisfy(schema -> assertThat(
                                schema.getValue().path("properties").propertyNames())
                        .as(schema.getKey())
                        .allMatch(name -> name.matches("[a-z0-9_]+")));
    }

    @Test
    void theExamplesRunFromTopToBottom() {
        var client = new ApiClient(port);

        run(client, "/definitions", "");
        run(client, "/entities/{name}", "/entities/airport");
        run(client, "/sources/{name}", "/sources/flights");
        run(client, "/feature-views/{name}", "/feature-views/departures");
        run(client, "/on-demand-feature-views/{name}", "/on-demand-feature-views/departure_delays");
        run(client, "/feature-services/{name}", "/feature-services/delay_model");
        run(client, "/sources/draft", "");
        run(client, "/sources/{name}/rows", "/sources/flights/rows");
        run(client, "/online-features", "");
        run(client, "/historical-features", "");
        run(client, "/training-datasets", "");

        assertThat(client.get("/sources/flights/quarantine").expect(200).json().path("items"))
                .isEmpty();
        assertThat(client.get("/online-features/delay_model?airport=JFK&include=statuses")
                        .expect(200)
                        .body())
                .doesNotContain("NOT_FOUND", "ERROR");
        assertThat(client.post("/historical-features", "application/json", historicalExample())
                        .expect(200)
                        .lines())
                .extracting(row -> row.get("departures__last_delay"))
                .containsExactly(12, -3);
    }

    private String historicalExample() {
        return api.at(
                        "/paths/~1api~1v1~1historical-features/post/requestBody/content/application~1json/examples/inline")
                .path("value")
                .toString();
    }

    /** Sends every example of a path's request bodies. */
    private void run(ApiClient client, String template, String path) {
        var item = api.path("paths").path("/api/v1" + template);
        int sent = 0;
        for (String method : List.of("put", "post")) {
            for (var content : item.path(method).at("/requestBody/content").properties()) {
                var examples = content.getValue().path("examples").valueStream().map(example -> example.path("value"));
                var single = content.getValue().path("example");
                for (var example : (single.isMissingNode() ? examples.toList() : List.of(single))) {
                    var body = example.isString() ? example.asString() : example.toString();
                    assertThat(body).as("Swagger UI shows one YAML document").doesNotContain("\n---");
                    var answer = client.send(method, path.isEmpty() ? template : path, content.getKey(), body);
                    assertThat(answer.status())
                            .as("%s %s %s: %s", method, template, body, answer.body())
                            .isBetween(200, 299);
                    sent++;
                }
            }
        }
        assertThat(sent).as("examples of %s", template).isPositive();
    }

    private Map<String, JsonNode> operations() {
        var operations = new TreeMap<String, JsonNode>();
        for (var path : api.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                operations.put(operation.getKey() + " " + path.getKey(), operation.getValue());
            }
        }
        return operations;
    }

    private static void collect(JsonNode node, Set<String> references) {
        if (node.path("$ref").isString()) {
            references.add(node.path("$ref").asString());
        }
        node.forEach(child -> collect(child, references));
    }
}
