package dev.asof.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Definitions for tests of training datasets, under a name of their own, and calls that build datasets on them. */
public final class Meters {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final int port;
    private final ApiClient api;
    private final String name;

    public Meters(int port) {
        this(port, "d" + Long.toString(System.nanoTime(), Character.MAX_RADIX));
    }

    public Meters(int port, String name) {
        this.port = port;
        this.api = new ApiClient(port);
        this.name = name;
    }

    public String name() {
        return name;
    }

    public ApiClient api() {
        return api;
    }

    /** @param feature one more, or nothing */
    public Meters define(String feature) {
        return define(feature, "");
    }

    /**
     * @param feature one more, or nothing
     * @param expectations of the source, or nothing
     */
    public Meters define(String feature, String expectations) {
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
              - {name: known, type: TIMESTAMP, required: true}
              - {name: meter, type: STRING, required: true}
              - {name: amount, type: FLOAT64}
              - {name: big, type: INT64}
              - {name: tags, type: STRING_LIST}
            event_timestamp: at
            known_timestamp: known
            %3$s
            ---
            kind: feature_view
            name: %1$s_view
            entities: [%1$s_meter]
            source: %1$s_rows
            features:
              - {name: amount, column: amount}
              - {name: big, column: big}
              - {name: tags, column: tags}
              %2$s
            ---
            kind: feature_service
            name: %1$s_svc
            features: ["%1$s_view:*"]
            """.formatted(name, feature, expectations)).expect(200);
        return this;
    }

    /** Minutes after the new year. */
    public static String at(int minute) {
        return java.time.Instant.parse("2026-01-01T00:00:00Z")
                .plusSeconds(60L * minute)
                .toString();
    }

    /** A row; {@code known} minutes after the new year too. */
    public static Map<String, Object> row(String meter, int minute, int known, Double amount) {
        var row = new LinkedHashMap<String, Object>();
        row.put("at", at(minute));
        row.put("known", at(known));
        row.put("meter", meter);
        row.put("amount", amount);
        row.put("big", 9007199254740993L + minute);
        row.put("tags", List.of("t" + minute, ""));
        return row;
    }

    public void send(List<Map<String, Object>> rows) {
        api.rows(name + "_rows", rows).expect(200);
    }

    /** One row a minute, of five meters in turn, known at once. */
    public void send(int from, int until) {
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = from; i < until; i++) {
            rows.add(row("m" + i % 5, i, i, i % 7 == 0 ? null : i / 4.0));
        }
        send(rows);
    }

    /** A row every other minute, of six meters in turn, one of which is unknown. */
    public static List<Map<String, Object>> spine(int rows) {
        var spine = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < rows; i++) {
            var row = new LinkedHashMap<String, Object>();
            row.put("id", i);
            row.put("as_of", at(i * 2));
            row.put("meter", "m" + i % 6);
            row.put("late", i % 3 == 0);
            spine.add(row);
        }
        return spine;
    }

    /** A request for a dataset of this name, with fields and values in turn that add to it or replace. */
    public Map<String, Object> request(Object... more) {
        var request = new LinkedHashMap<String, Object>();
        request.put("name", name);
        request.put("feature_service", name + "_svc");
        request.put("spine", Map.of("rows", spine(100)));
        for (int i = 0; i < more.length; i += 2) {
            request.put((String) more[i], more[i + 1]);
        }
        return request;
    }

    /** Orders a dataset. */
    public String order(Map<String, Object> request) {
        return reference(api.postJson("/training-datasets", request).expect(202).json());
    }

    public static String reference(JsonNode dataset) {
        return dataset.get("name").asString() + "@v" + dataset.get("version").asInt();
    }

    /** Orders a dataset and waits until it is done. */
    public String build(Map<String, Object> request) {
        return awaitState(order(request), "done");
    }

    public String rebuild(String dataset) {
        return awaitState(
                reference(api.post("/training-datasets/" + dataset + "/rebuild", "application/json", "")
                        .expect(202)
                        .json()),
                "done");
    }

    public String awaitState(String dataset, String state) {
        Eventually.until(() -> get(dataset).get("state").asString().equals(state), () -> get(dataset));
        return dataset;
    }

    public JsonNode get(String dataset) {
        return api.get("/training-datasets/" + dataset).expect(200).json();
    }

    public JsonNode manifest(String dataset) {
        return api.get("/training-datasets/" + dataset + "/manifest")
                .expect(200)
                .json();
    }

    public JsonNode leakageReport(String dataset) {
        return api.get("/training-datasets/" + dataset + "/leakage-report")
                .expect(200)
                .json();
    }

    public List<Map<String, Object>> rows(String dataset) {
        return api.get("/training-datasets/" + dataset + "/rows.ndjson")
                .expect(200)
                .lines();
    }

    public ApiClient.Answer retireView(int version) {
        return api.post("/feature-views/" + name + "_view/versions/" + version + "/retire", "application/json", "");
    }

    /** The answer with its headers, as bytes. */
    public HttpResponse<byte[]> send(String method, String path, String... headers) {
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%s/api/v1/training-datasets/%s".formatted(port, path)))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
