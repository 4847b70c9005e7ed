package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.AsofServerTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the tests of wrong requests share: one server, sources of their own, and what every refusal has to be. */
@AsofServerTest
abstract class BadInputTestBase {

    static final String JSON = "application/json";
    static final String NDJSON = "application/x-ndjson";
    static final String CSV = "text/csv";
    static final String PARQUET = "application/vnd.apache.parquet";
    static final String YAML = "application/yaml";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** One thing wrong, as answered. */
    record Wrong(String path, String code, String message, List<String> suggestions) {}

    /** An answer. */
    record Answer(int status, String contentType, String body) {

        JsonNode json() {
            return MAPPER.readTree(body);
        }

        /** This answer, if it is a problem as all problems have to be. */
        Answer refused(int expectedStatus, String expectedCode) {
            assertThat(status).as(body).isEqualTo(expectedStatus);
            assertThat(contentType).isEqualTo("application/problem+json");
            assertThat(json().path("status").asInt()).isEqualTo(expectedStatus);
            assertThat(json().path("code").asString()).as(body).isEqualTo(expectedCode);
            assertThat(json().path("request_id").asString()).isNotBlank();
            assertThat(detail()).isNotBlank().doesNotContain("java.", "tools.jackson", "org.apache", "REDACTED");
            return this;
        }

        Answer accepted() {
            assertThat(status).as(body).isBetween(200, 299);
            return this;
        }

        String detail() {
            return json().path("detail").asString();
        }

        List<Wrong> violations() {
            var violations = new ArrayList<Wrong>();
            for (JsonNode violation : json().path("violations")) {
                var suggestions = new ArrayList<String>();
                violation.path("suggestions").forEach(suggestion -> suggestions.add(suggestion.asString()));
                violations.add(new Wrong(
                        violation.path("path").asString(),
                        violation.path("code").asString(violation.path("rule").asString()),
                        violation.path("message").asString(),
                        suggestions));
            }
            return violations;
        }

        /** The violations as {@code path code}. */
        List<String> wrongs() {
            return violations().stream()
                    .map(wrong -> wrong.path() + " " + wrong.code())
                    .toList();
        }

        List<String> suggestions() {
            return violations().stream()
                    .flatMap(wrong -> wrong.suggestions().stream())
                    .toList();
        }

        /** The rules that quarantined rows broke, as {@code column rule}. */
        List<String> rules() {
            var rules = new ArrayList<String>();
            json().path("violations")
                    .forEach(violation -> rules.add(violation.path("column").asString() + " "
                            + violation.path("rule").asString()));
            return rules;
        }
    }

    @LocalServerPort
    int port;

    @Autowired
    JdbcClient jdbc;

    /** The prefix of this test's definitions, unlike any other's of the same server. */
    String name = "";

    @BeforeEach
    void nameDefinitions() {
        name = "x" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
    }

    Answer send(String method, String path, String contentType, byte[] body, Map<String, String> headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/api/v1%s".formatted(port, path)))
                .timeout(Duration.ofSeconds(60))
                .method(method, BodyPublishers.ofByteArray(body));
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        headers.forEach(request::header);
        try {
            var response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            var type = response.headers().firstValue("Content-Type").orElse("");
            return new Answer(response.statusCode(), type, response.body());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Answer post(String path, String contentType, String body) {
        return send("POST", path, contentType, body.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    Answer get(String path) {
        return send("GET", path, "", new byte[0], Map.of());
    }

    static String json(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** An entity, a source {@code …_tx}, a view {@code …_view} and a service {@code …_svc}. */
    void define() {
        post("/definitions", YAML, bundle("[0, 1000]")).accepted();
    }

    String bundle(String amounts) {
        return """
            kind: entity
            name: %1$s_card
            keys: [{name: card_id, type: STRING}]
            ---
            kind: source
            name: %1$s_tx
            type: push
            columns:
              - {name: ts, type: TIMESTAMP}
              - {name: card, type: STRING, required: true}
              - {name: amount, type: FLOAT64}
              - {name: n, type: INT64}
              - {name: flag, type: BOOLEAN}
              - {name: tags, type: STRING_LIST}
              - {name: local, type: TIMESTAMP, time_zone: America/New_York}
            event_timestamp: ts
            expectations:
              - {column: amount, between: %2$s}
            ---
            kind: feature_view
            name: %1$s_view
            entities: [{name: %1$s_card, keys: {card_id: card}}]
            source: %1$s_tx
            features:
              - {name: last_amount, column: amount}
              - {name: last_n, column: n}
            ---
            kind: feature_service
            name: %1$s_svc
            features: ["%1$s_view:*"]
            """.formatted(name, amounts);
    }

    Answer rows(String contentType, String body) {
        return post("/sources/" + name + "_tx/rows", contentType, body);
    }

    /** Sends one row, a good one but for what is given. */
    Answer row(String column, Object value) {
        return rows(JSON, json(Map.of("rows", List.of(with(column, value)))));
    }

    static Map<String, Object> good() {
        return Map.of("ts", "2026-01-01T00:00:00Z", "card", "a", "amount", 1.5);
    }

    static Map<String, Object> with(String column, Object value) {
        var row = new java.util.LinkedHashMap<>(good());
        row.put(column, value);
        return row;
    }

    long stored() {
        return jdbc.sql("select count(*) from sources." + name + "_tx")
                .query(Long.class)
                .single();
    }

    long quarantined() {
        return jdbc.sql("select count(*) from asof.quarantined_row where source = ?")
                .param(name + "_tx")
                .query(Long.class)
                .single();
    }

    void assertNothingStored() {
        assertThat(stored()).isZero();
        assertThat(quarantined()).isZero();
        assertThat(jdbc.sql("select count(*) from asof.batch where source = ?")
                        .param(name + "_tx")
                        .query(Long.class)
                        .single())
                .isZero();
    }
}
