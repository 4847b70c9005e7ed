package dev.asof.support;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls a server's API as a client in another language would: text and bytes over HTTP. */
public final class ApiClient {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    /**
     * An answer.
     *
     * @param retryAfter the seconds after which to try again, 0 when it doesn't say
     */
    public record Answer(int status, String body, int retryAfter) {

        public Answer(int status, String body) {
            this(status, body, 0);
        }

        public JsonNode json() {
            return JSON.readTree(body);
        }

        /** Every line of NDJSON as an object. */
        public List<Map<String, Object>> lines() {
            return body.lines().map(line -> JSON.readValue(line, OBJECT)).toList();
        }

        /** This answer, or a failure that shows it if the status is another. */
        public Answer expect(int expected) {
            if (status != expected) {
                throw new AssertionError("Expected %s, was %s: %s".formatted(expected, status, body));
            }
            return this;
        }
    }

    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;

    public ApiClient(int port) {
        this.base = "http://127.0.0.1:" + port + "/api/v1";
    }

    /** What paths are appended to. */
    public String base() {
        return base;
    }

    public Answer get(String path) {
        return send(request(path).GET().build());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE().build());
    }

    /** Applies a bundle in YAML. */
    public Answer apply(String yaml) {
        return post("/definitions", "application/yaml", yaml);
    }

    public Answer post(String path, String contentType, String body) {
        return post(path, contentType, body.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    public Answer post(String path, String contentType, byte[] body, Map<String, String> headers) {
        return post(path, contentType, BodyPublishers.ofByteArray(body), headers);
    }

    private Answer post(String path, String contentType, BodyPublisher body, Map<String, String> headers) {
        var request = request(path).header("Content-Type", contentType).POST(body);
        headers.forEach(request::header);
        return send(request.build());
    }

    /** Sends a body with any method. */
    public Answer send(String method, String path, String contentType, String body) {
        return send(request(path)
                .header("Content-Type", contentType)
                .method(method.toUpperCase(Locale.ROOT), BodyPublishers.ofString(body))
                .build());
    }

    public Answer postJson(String path, Object body) {
        return post(path, "application/json", JSON.writeValueAsString(body));
    }

    /** Sends rows to a source as JSON. */
    public Answer rows(String source, List<Map<String, Object>> rows) {
        return postJson("/sources/" + source + "/rows", Map.of("rows", rows));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofMinutes(2));
    }

    private Answer send(HttpRequest request) {
        try {
            var response = http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            int retryAfter = response.headers()
                    .firstValue("Retry-After")
                    .map(Integer::parseInt)
                    .orElse(0);
            return new Answer(response.statusCode(), response.body(), retryAfter);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
