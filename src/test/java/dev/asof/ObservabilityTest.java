package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.Eventually;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What an operator sees of a server, as it runs outside of tests: Spring's tests switch metrics and traces off. */
class ObservabilityTest {

    private static final Path RULES = Path.of("docker/prometheus/alerts.yml");
    private static final Path DASHBOARD = Path.of("docker/grafana/dashboards/asof.json");
    private static final Path PAGE = Path.of("docs/operations.md");
    private static final Path RUNBOOKS = Path.of("docs/runbooks");
    private static final Pattern METRIC = Pattern.compile("\\b(?:asof|hikaricp|http|jvm|process|system)_[a-z0-9_]+\\b");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final String DEFINITIONS = """
        kind: entity
        name: shop
        keys: [{name: shop_id, type: STRING}]
        ---
        kind: source
        name: sales
        type: push
        columns:
          - {name: at, type: TIMESTAMP}
          - {name: shop_id, type: STRING, required: true}
          - {name: amount, type: INT64}
        event_timestamp: at
        expectations: [{column: amount, between: [0, 100]}]
        ---
        kind: feature_view
        name: shop_sales
        entities: [shop]
        source: sales
        ttl: 1h
        features:
          - {name: amount, column: amount}
          - {name: inverse, expression: "100 / amount"}
        ---
        kind: feature_view
        name: shop_totals
        entities: [shop]
        source: sales
        features:
          - {name: sold, aggregate: sum, column: amount, window: 1h}
        ---
        kind: feature_service
        name: shop_model
        features: ["shop_sales:*"]
        """;

    private static StartedServer server;
    private static ApiClient api;

    @BeforeAll
    static void serveSomeLookups() {
        server = StartedServer.on(TestStores.newDatabase(), TestStores.newRedisUri());
        api = server.api();
        api.apply(DEFINITIONS).expect(200);
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        api.rows(
                        "sales",
                        List.of(
                                sale(now, "fresh", 5),
                                sale(now.minusSeconds(7200), "old", 5),
                                sale(now, "zero", 0),
                                sale(now, "bad", 1000)))
                .expect(200);
        api.postJson(
                        "/online-features",
                        Map.of(
                                "feature_service",
                                "shop_model",
                                "entities",
                                Stream.of("fresh", "old", "zero", "unknown")
                                        .map(shop -> Map.of("shop_id", shop))
                                        .toList()))
                .expect(200);
        for (String features : List.of("shop_sales:amount", "shop_sales:inverse", "shop_sales:*")) {
            api.postJson(
                            "/online-features",
                            Map.of("features", List.of(features), "entities", List.of(Map.of("shop_id", "fresh"))))
                    .expect(200);
        }
    }

    private static Map<String, Object> sale(Instant at, String shop, int amount) {
        return Map.of("at", at.toString(), "shop_id", shop, "amount", amount);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void everyMetricOfTheDashboardAndTheRulesIsThere() throws IOException {
        System.gc(); // so that there has been a pause to tell of
        var named = new TreeSet<>(metricsIn(rules()));
        named.addAll(metricsIn(expressionsOfDashboard()));
        assertThat(named).hasSizeGreaterThan(15);
        Eventually.until(() -> samples().containsAll(named), () -> {
            var missing = new TreeSet<>(named);
            missing.removeAll(samples());
            return "missing: " + missing;
        });
    }

    @Test
    void thePageDescribesEveryMetricThereIsAndNoOther() throws IOException {
        Set<String> ours = scrape().lines()
                .filter(line -> line.startsWith("# TYPE asof_"))
                .map(line -> line.split(" ")[2])
                .filter(name -> !name.endsWith("_max"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(metricsIn(Files.readString(PAGE)))
                // those of embedded stores, of which this server has none, are EmbeddedServerTest's
                .filteredOn(name -> name.startsWith("asof_") && !name.startsWith("asof_embedded_"))
                .containsExactlyInAnyOrderElementsOf(ours);
        assertThat(scrape().lines().filter(line -> line.startsWith("# HELP asof_")))
                .allSatisfy(line -> assertThat(line.split(" ", 4)[3]).isNotBlank());
    }

    @Test
    void everyAlertHasItsRunbook() throws IOException {
        Set<String> alerts = rules().lines()
                .map(String::strip)
                .filter(line -> line.startsWith("- alert: "))
                .map(line -> line.substring("- alert: ".length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(alerts).hasSizeGreaterThan(4);
        for (String alert : alerts) {
            assertThat(rules()).contains("runbook: docs/runbooks/%s.md".formatted(alert));
        }
        try (var files = Files.list(RUNBOOKS)) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".md", "")))
                    .containsExactlyInAnyOrderElementsOf(alerts);
        }
    }

    @Test
    void statusesAndRowsAreCounted() {
        assertThat(valuesWithStatus("PRESENT")).isEqualTo(7);
        assertThat(valuesWithStatus("OUTSIDE_MAX_AGE")).isEqualTo(2);
        assertThat(valuesWithStatus("NOT_FOUND")).isEqualTo(2);
        assertThat(valuesWithStatus("ERROR")).isEqualTo(1);
        assertThat(value("asof_lookup_entities_total", "service=\"shop_model@v1\""))
                .isEqualTo(4);
        assertThat(value("asof_lookup_duration_seconds_count", "service=\"ad_hoc\""))
                .isEqualTo(3);
        assertThat(value("asof_lookup_value_age_seconds_count", "view=\"shop_sales@v1\""))
                .isEqualTo(6);
        assertThat(value("asof_ingestion_rows_total", "outcome=\"quarantined\""))
                .isEqualTo(1);
        assertThat(value("asof_ingestion_rows_total", "outcome=\"accepted\"")).isEqualTo(3);
        assertThat(value("asof_expression_errors_total", "view=\"shop_sales@v1\""))
                .isEqualTo(1);
    }

    @Test
    void labelsAreOfWhatIsRegisteredWhateverIsAskedFor() {
        long before = ourSeries();
        for (int i = 0; i < 30; i++) {
            api.postJson("/online-features", Map.of("feature_service", "no_model_" + i, "entities", List.of()));
            api.postJson("/online-features", Map.of("features", List.of("no_view_" + i + ":x"), "entities", List.of()));
            api.rows("no_source_" + i, List.of()).expect(404);
        }
        assertThat(ourSeries()).isEqualTo(before);
        assertThat(labels("service")).containsExactlyInAnyOrder("ad_hoc", "shop_model@v1");
        assertThat(labels("view")).containsExactlyInAnyOrder("shop_sales@v1", "shop_totals@v1");
        assertThat(labels("source")).contains("sales");
    }

    @Test
    void metersOfADeletedSourceGo() {
        api.send("PUT", "/sources/gone_soon", "application/yaml", """
            kind: source
            name: gone_soon
            type: push
            columns: [{name: at, type: TIMESTAMP}]
            event_timestamp: at
            """).expect(201);
        Eventually.until(() -> labels("source").contains("gone_soon"), () -> labels("source"));
        api.delete("/sources/gone_soon");
        Eventually.until(() -> !labels("source").contains("gone_soon"), () -> labels("source"));
    }

    @Test
    void theCallersTraceGoesOnAndStandsInAnswersAndProblems() {
        String parent = "00-" + TRACE + "-b7ad6b7169203331-01";
        var answer = get("/api/v1/online-features/shop_model?shop_id=fresh", "traceparent", parent);
        assertThat(answer.headers().firstValue("X-Trace-Id")).contains(TRACE);
        var problem = get("/api/v1/online-features/no_model?shop_id=fresh", "traceparent", parent);
        var json = JsonMapper.shared().readTree(problem.body());
        assertThat(json.get("trace_id").asString()).isEqualTo(TRACE);
        assertThat(problem.headers().firstValue("X-Request-Id"))
                .contains(json.get("request_id").asString());
    }

    @Test
    void lookupsWithoutACallersTraceHaveOneAndAreCountedByPathAndStatus() {
        var problem = get("/api/v1/online-features/no_model?shop_id=fresh", "Accept", "*/*");
        assertThat(problem.headers().firstValue("X-Trace-Id"))
                .contains(JsonMapper.shared()
                        .readTree(problem.body())
                        .get("trace_id")
                        .asString())
                .hasValueSatisfying(id -> assertThat(id).matches("[0-9a-f]{32}"));
        assertThat(get("/actuator/prometheus", "Accept", "*/*").body().lines())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("http_server_requests_seconds_count{")
                        .contains(
                                "uri=\"/api/v1/online-features/{feature_service}\"",
                                "status=\"404\"",
                                "method=\"GET\""))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("http_server_requests_seconds_bucket{")
                        .contains(
                                "uri=\"/api/v1/online-features/{feature_service}\"", "status=\"404\"", "le=\"0.025\""));
    }

    @Test
    void definitionsAreCountedByTheRoutesOfTheirKind() {
        for (String kind : List.of("entities", "sources", "feature-views", "feature-services")) {
            get("/api/v1/" + kind, "Accept", "*/*");
            get("/api/v1/" + kind + "/nothing", "Accept", "*/*");
            get("/api/v1/" + kind + "/nothing/versions/7", "Accept", "*/*");
        }
        assertThat(get("/actuator/prometheus", "Accept", "*/*").body().lines())
                .filteredOn(line -> line.startsWith("http_server_requests_seconds_count{"))
                .extracting(line -> line.replaceFirst(".*uri=\"([^\"]*)\".*", "$1"))
                .contains(Stream.of("entities", "sources", "feature-views", "feature-services")
                        .flatMap(kind -> Stream.of("", "/{name}", "/{name}/versions/{version}")
                                .map(route -> "/api/v1/" + kind + route))
                        .toArray(String[]::new));
    }

    @Test
    void aServerWithoutItsOnlineStoreIsDegradedAndStaysInService() {
        try (var halved = StartedServer.on(TestStores.newDatabase(), "redis://127.0.0.1:1")) {
            var readiness = get(halved, "/actuator/health/readiness", "Accept", "application/json");
            assertThat(readiness.statusCode()).isEqualTo(200);
            assertThat(JsonMapper.shared()
                            .readTree(readiness.body())
                            .get("status")
                            .asString())
                    .isEqualTo("DEGRADED");
            assertThat(get(halved, "/actuator/health/liveness", "Accept", "application/json")
                            .body())
                    .contains("\"UP\"")
                    .doesNotContain("stores");
        }
        assertThat(get("/actuator/health/readiness", "Accept", "application/json")
                        .body())
                .contains("\"UP\"");
    }

    private static String rules() throws IOException {
        return Files.readString(RULES);
    }

    private static String expressionsOfDashboard() throws IOException {
        return String.join(
                "\n", JsonMapper.shared().readTree(Files.readString(DASHBOARD)).findValuesAsString("expr"));
    }

    private static Set<String> metricsIn(String text) {
        return METRIC.matcher(text).results().map(match -> match.group()).collect(Collectors.toSet());
    }

    private static Set<String> samples() {
        return scrape().lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]")[0])
                .collect(Collectors.toSet());
    }

    private static long ourSeries() {
        return scrape().lines().filter(line -> line.startsWith("asof_")).count();
    }

    private static Set<String> labels(String name) {
        return scrape().lines()
                .filter(line -> line.startsWith("asof_"))
                .flatMap(line -> LABEL.matcher(line).results())
                .filter(match -> match.group(1).equals(name))
                .map(match -> match.group(2))
                .collect(Collectors.toSet());
    }

    private static double valuesWithStatus(String status) {
        return value("asof_lookup_values_total", "status=\"" + status + "\"");
    }

    private static double value(String metric, String label) {
        return scrape().lines()
                .filter(line -> line.startsWith(metric + "{") && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private static String scrape() {
        return get("/actuator/prometheus", "Accept", "text/plain").body();
    }

    private static HttpResponse<String> get(String path, String header, String value) {
        return get(server, path, header, value);
    }

    private static HttpResponse<String> get(StartedServer from, String path, String header, String value) {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + from.port() + path));
            return HTTP.send(request.header(header, value).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
