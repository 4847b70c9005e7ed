package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Datasets over HTTP: ordered, followed, downloaded, rebuilt, cancelled, deleted. */
@AsofServerTest
class TrainingDatasetsTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    private ApiClient api;
    private String name;

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        name = "d" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
        api.apply("""
                kind: entity
                name: %1$s_meter
                keys: [{name: meter, type: STRING}]
                ---
                kind: source
                name: %1$s_rows
                type: push
                columns:
                  - {name: at, type: TIMESTAMP, required: true}
                  - {name: meter, type: STRING, required: true}
                  - {name: amount, type: FLOAT64}
                  - {name: big, type: INT64}
                  - {name: tags, type: STRING_LIST}
                event_timestamp: at
                known_after: 0s
                ---
                kind: feature_view
                name: %1$s_view
                entities: [%1$s_meter]
                source: %1$s_rows
                features:
                  - {name: amount, column: amount}
                  - {name: big, column: big}
                  - {name: tags, column: tags}
                ---
                kind: feature_service
                name: %1$s_svc
                features: ["%1$s_view:*"]
                """.formatted(name)).expect(200);
    }

    private static String at(int minute) {
        return "2026-01-01T%02d:%02d:00Z".formatted(minute / 60, minute % 60);
    }

    private void send(int from, int until) {
        api.rows(name + "_rows", IntStream.range(from, until)
                .mapToObj(i -> {
                    var row = new LinkedHashMap<String, Object>();
                    row.put("at", at(i));
                    row.put("meter", "m" + i % 5);
                    row.put("amount", i % 7 == 0 ? null : i / 4.0);
                    row.put("big", 9007199254740993L + i);
                    row.put("tags", List.of("a" + i, ""));
                    return (Map<String, Object>) row;
                })
                .toList()).expect(200);
    }

    private List<Map<String, Object>> spine(int rows) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < rows; i++) {
            spine.add(Map.of("id", i, "meter", "m" + i % 6, "as_of", at(i * 2), "late", i % 3 == 0));
        }
        return spine;
    }

    private Map<String, Object> request(Object... more) {
        var request = new LinkedHashMap<String, Object>();
        request.put("name", name);
        request.put("feature_service", name + "_svc");
        request.put("spine", Map.of("rows", spine(100)));
        for (int i = 0; i < more.length; i += 2) {
            request.put((String) more[i], more[i + 1]);
        }
        return request;
    }

    private JsonNode build(Map<String, Object> request) {
        var answer = api.postJson("/training-datasets", request).expect(202).json();
        return await(answer.get("name").asString() + "@v" + answer.get("version").asInt());
    }

    private JsonNode await(String dataset) {
        JsonNode[] last = new JsonNode[1];
        Eventually.until(
                () -> {
                    last[0] = api.get("/training-datasets/" + dataset).expect(200).json();
                    return !List.of("pending", "running").contains(last[0].get("state").asString());
                },
                () -> last[0]);
        return last[0];
    }

    private HttpResponse<byte[]> get(String path, String method, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/api/v1/training-datasets/%s".formatted(port, path)))
                .method(method, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void smoke() throws Exception {
        send(0, 200);
        var built = build(request("splits", Map.of("train", Map.of("until", at(100)), "test", Map.of())));
        assertThat(built.get("state").asString()).as(built.toPrettyString()).isEqualTo("done");
        System.out.println(built.toPrettyString());
        System.out.println(api.get("/training-datasets/" + name + "/manifest").expect(200).json().toPrettyString());
        System.out.println(api.get("/training-datasets/" + name + "/leakage-report").expect(200).json().toPrettyString());
        System.out.println(api.get("/training-datasets/" + name + "/sql").expect(200).body());
        System.out.println(api.get("/training-datasets/" + name + "/rows.ndjson?split=test").expect(200).body().lines().limit(3).toList());
        System.out.println(api.get("/training-datasets/" + name + "/rows.csv").expect(200).body().lines().limit(3).toList());
        System.out.println(get(name + "/rows.parquet", "HEAD").headers().map());
        System.out.println(get(name + "/rows.parquet", "GET", "Range", "bytes=0-3").headers().map());
    }
}
