package dev.asof.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient;
import dev.asof.support.Eventually;
import dev.asof.support.StartedServer;
import dev.asof.support.TestStores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A server on the Postgres and the Redis that an earlier one left: it reads every definition, answers what was asked
 * then as it was answered then, builds the old datasets again, and goes on from there. A kept state is never made anew:
 * what can't read it any more would not read its users' data either. {@code upgrade/README.md} says how one is made.
 */
@TestMethodOrder(OrderAnnotation.class)
class UpgradeTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String KEPT = "/upgrade/2026-11/";
    /** What differs by the moment of asking. */
    private static final Set<String> OF_THE_MOMENT = Set.of("as_of", "request_id", "trace_id");

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private static Path directory;

    private static EmbeddedStores stores;
    private static StartedServer server;
    private static ApiClient api;

    private record Question(String method, String path, JsonNode body, String accept, List<JsonNode> answer) {}

    @BeforeAll
    static void startOnWhatWasKept() throws IOException {
        try (var archive = Objects.requireNonNull(UpgradeTest.class.getResourceAsStream(KEPT + "stores.tar.xz"))) {
            TarXz.unpack(archive, directory);
        }
        // The archive's permissions are not kept, and Postgres asks for these.
        Files.setPosixFilePermissions(directory.resolve("data/postgres"), PosixFilePermissions.fromString("rwx------"));
        stores = EmbeddedStores.start(new EmbeddedSettings(
                directory.resolve("data"),
                Path.of("target", "embedded-binaries"),
                EmbeddedSettings.Durability.KEPT,
                true,
                true));
        var postgres = stores.postgres().orElseThrow();
        server = StartedServer.on(
                new TestStores.Database(postgres.jdbcUrl(), postgres.username(), postgres.password()),
                stores.redisUri().orElseThrow());
        api = server.api();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
        if (stores != null) {
            stores.close();
        }
    }

    static List<Question> questions() {
        return List.of(JSON.readValue(resource("questions.json"), Question[].class));
    }

    private static String resource(String name) {
        try (var resource = Objects.requireNonNull(UpgradeTest.class.getResourceAsStream(KEPT + name))) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @Order(1)
    void everyQuestionIsAnsweredAsItWas() {
        Eventually.within(
                LIMIT,
                () -> !lookup("last_of_all:i64", Map.of()).get("degraded").asBoolean(),
                () -> "degraded");
        assertThat(questions()).hasSizeGreaterThan(50).allSatisfy(question -> {
            var answer = ask(question);
            assertThat(answer).hasSameSizeAs(question.answer());
            for (int line = 0; line < answer.size(); line++) {
                assertContains("", answer.get(line), question.answer().get(line));
            }
        });
    }

    private static List<JsonNode> ask(Question question) {
        var answer = question.method().equals("GET")
                ? api.get(question.path())
                : api.post(
                        question.path(),
                        "application/json",
                        JSON.writeValueAsBytes(question.body()),
                        Map.of("Accept", question.accept()));
        return answer.expect(200)
                .body()
                .lines()
                .filter(line -> !line.isBlank())
                .map(JSON::readTree)
                .toList();
    }

    /** That all of what was answered then stands in it; further fields are welcome. */
    private static void assertContains(String path, JsonNode actual, JsonNode expected) {
        if (expected.isObject()) {
            for (var field : expected.properties()) {
                if (!OF_THE_MOMENT.contains(field.getKey()) || path.startsWith("/rows")) {
                    assertThat(actual.has(field.getKey()))
                            .as(path + "/" + field.getKey())
                            .isTrue();
                    assertContains(path + "/" + field.getKey(), actual.get(field.getKey()), field.getValue());
                }
            }
        } else if (expected.isArray()) {
            assertThat(actual.size()).as(path).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                assertContains(path + "/" + i, actual.get(i), expected.get(i));
            }
        } else {
            assertThat(actual).as(path).isEqualTo(expected);
        }
    }

    @Test
    @Order(2)
    void theSameBundleChangesNothing() {
        var plan = api.apply(resource("definitions.yaml")).expect(200).json();

        assertThat(plan.get("changes").values())
                .hasSize(21)
                .allSatisfy(
                        change -> assertThat(change.get("action").asString()).isEqualTo("unchanged"));
    }

    @Test
    @Order(3)
    void A7_datasetsAreBuiltAgainFromTheirManifests() {
        Stream.of("delays", "from_sql").forEach(name -> {
            api.postJson("/training-datasets/" + name + "@v1/rebuild", Map.of()).expect(202);
            awaitDone("/training-datasets/" + name + "@v2");
            var manifest = api.get("/training-datasets/" + name + "@v2/manifest")
                    .expect(200)
                    .json();
            assertThat(manifest.at("/rebuilt_from/matches").asBoolean())
                    .as(manifest.toString())
                    .isTrue();
        });
    }

    @Test
    @Order(4)
    void rowsOfTablesAreKnownAgain() {
        Stream.of("customer_daily", "customers").forEach(source -> {
            var read = "/table-reads/"
                    + api.postJson("/sources/" + source + "/reads", Map.of())
                            .expect(202)
                            .json()
                            .get("id")
                            .asInt();
            awaitDone(read);
            var done = api.get(read).expect(200).json();
            assertThat(Stream.of("new_rows", "changed_rows", "vanished_rows")
                            .map(field -> done.get(field).asInt()))
                    .as(source)
                    .containsOnly(0);
        });
    }

    private static void awaitDone(String job) {
        Eventually.within(
                LIMIT,
                () -> api.get(job).expect(200).json().get("state").asString().equals("done"),
                () -> api.get(job).body());
    }

    @Test
    @Order(5)
    void A1_aCorrectionOfAnOldRowWinsAndAnOlderRowDoesNot() {
        api.rows("flights", List.of(flight("2026-11-07T00:00:00Z", 77), flight("2026-11-06T00:00:00Z", 66)))
                .expect(200);

        var departure = lookup("departures:last_delay", Map.of("airport", "JFK"));
        assertThat(departure.at("/rows/0/values/0").asInt())
                .as(departure.toString())
                .isEqualTo(77);
        assertThat(trained("2026-11-07T12:00:00Z")).isEqualTo(77);
        assertThat(trained("2026-11-06T12:00:00Z")).isEqualTo(66);
    }

    private static Map<String, Object> flight(String departedAt, int delay) {
        return Map.of("departed_at", departedAt, "origin", "JFK", "destination", "LAX", "delay", delay);
    }

    private static JsonNode lookup(String feature, Map<String, Object> entity) {
        return api.postJson("/online-features", Map.of("features", List.of(feature), "entities", List.of(entity)))
                .expect(200)
                .json();
    }

    private static @Nullable Object trained(String asOf) {
        var request = Map.of(
                "features", List.of("departures:last_delay"),
                "spine", Map.of("rows", List.of(Map.of("airport", "JFK", "as_of", asOf))));
        return api.postJson("/historical-features", request)
                .expect(200)
                .lines()
                .getFirst()
                .get("departures__last_delay");
    }
}
