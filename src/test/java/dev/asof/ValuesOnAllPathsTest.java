package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.NewestByKey;
import dev.asof.registry.Registry;
import dev.asof.shared.EntityKey;
import dev.asof.shared.JsonValues;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Values at the edges of every type are the same wherever they come out, whichever way they went. */
@AsofServerTest
class ValuesOnAllPathsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String AS_OF = "2026-05-01T00:00:00Z";

    /** Types, and for each key a value as it is sent and answered. */
    private static final Map<String, List<String>> VALUES = new LinkedHashMap<>();

    static {
        VALUES.put("BOOLEAN", List.of("true", "false", "null"));
        VALUES.put("INT32", List.of("-2147483648", "2147483647", "0"));
        VALUES.put("INT64", List.of("-9223372036854775808", "9223372036854775807", "9007199254740993"));
        VALUES.put("FLOAT32", List.of("\"NaN\"", "-0.0", "1.4E-45"));
        VALUES.put("FLOAT64", List.of("\"-Infinity\"", "4.9E-324", "1.7976931348623157E308"));
        VALUES.put("STRING", List.of("\"NULL\"", "\"\"", "\"a\\\"\\\\,{}'é😀\\n\""));
        VALUES.put("BYTES", List.of("\"\"", "\"AP8=\"", "\"XDAw\""));
        VALUES.put(
                "TIMESTAMP",
                List.of(
                        "\"0001-01-01T00:00:00.000000Z\"",
                        "\"1582-10-10T00:00:00.000001Z\"",
                        "\"9999-12-31T23:59:59.999999Z\""));
        VALUES.put("BOOLEAN_LIST", List.of("[true,null,false]", "[]", "null"));
        VALUES.put("INT32_LIST", List.of("[-2147483648,2147483647]", "[null]", "[0]"));
        VALUES.put("INT64_LIST", List.of("[9007199254740993,-9223372036854775808]", "[]", "[null,1]"));
        VALUES.put("FLOAT32_LIST", List.of("[\"NaN\",-0.0,1.4E-45]", "[\"Infinity\"]", "[0.1,3.4028235E38]"));
        VALUES.put(
                "FLOAT64_LIST", List.of("[\"NaN\",-0.0]", "[\"-Infinity\",4.9E-324]", "[0.1,1.7976931348623157E308]"));
        VALUES.put(
                "STRING_LIST",
                List.of("[\"NULL\",null,\"\"]", "[\"a\\\"b\\\\c,{}\"]", "[\"null\",\"é😀\",\"\\n\",\" \"]"));
        VALUES.put("BYTES_LIST", List.of("[\"\",\"AP8=\",null]", "[\"XDAw\"]", "[]"));
        VALUES.put(
                "TIMESTAMP_LIST",
                List.of(
                        "[\"1500-01-01T00:00:00.000000Z\",\"0001-01-01T00:00:00.000000Z\",null]",
                        "[\"1582-10-10T00:00:00.000001Z\",\"1883-11-18T17:00:00.000000Z\"]",
                        "[\"2026-03-08T07:30:00.000000Z\",\"9999-12-31T23:59:59.999999Z\"]"));
    }

    private static final List<String> TYPES = List.copyOf(VALUES.keySet());
    private static final int KEYS = 3;

    @Autowired
    private DataSource dataSource;

    @Autowired
    private Registry registry;

    @LocalServerPort
    private int port;

    private ApiClient api;
    private JdbcClient jdbc;

    @BeforeEach
    void connect() {
        api = new ApiClient(port);
        jdbc = JdbcClient.create(dataSource);
    }

    @Test
    void J1_T1_aValueIsTheSameWhereverItComesOut() {
        api.apply("kind: entity\nname: every_key\nkeys: [{name: k, type: INT64}]")
                .expect(200);
        api.apply(source("every", "push")).expect(200);
        api.apply(view("every")).expect(200);
        api.post("/sources/every/rows", "application/x-ndjson", rows()).expect(200);
        var sent =
                IntStream.range(0, KEYS).mapToObj(ValuesOnAllPathsTest::values).toList();

        assertThat(online("every_view@v1")).as("online, as it was written").isEqualTo(sent);
        assertThat(fromPostgres("every_view")).as("a degraded lookup").isEqualTo(sent);

        api.apply(view("every")
                        + "  - {name: size, expression: \"size(c0_list)\"}\n".replace("c0_list", column("INT32_LIST")))
                .expect(200);
        // Postgres says it a moment before the server's own picture of the registry does
        Eventually.until(
                () -> state(2).equals("ready") && lookup("every_view@v2").status() == 200, () -> state(2));
        assertThat(online("every_view@v2")).as("online, after a backfill").isEqualTo(sent);

        long rebuild = api.post("/feature-views/every_view/materializations", "application/json", "")
                .expect(202)
                .json()
                .get("id")
                .asLong();
        Eventually.until(
                () -> api.get("/materializations/" + rebuild)
                        .json()
                        .get("state")
                        .asString()
                        .equals("done"),
                () -> "not rebuilt");
        assertThat(online("every_view@v2")).as("online, rebuilt").isEqualTo(sent);

        assertThat(historical("every_view@v1", rowsSpine())).as("trained").isEqualTo(sent);
        assertThat(historical("every_view@v2", rowsSpine()))
                .as("trained, after a backfill")
                .isEqualTo(sent);
        assertThat(dataset()).as("a dataset").isEqualTo(sent);

        String columns = TYPES.stream().map(ValuesOnAllPathsTest::column).collect(Collectors.joining(", "));
        assertThat(historical(
                        "every_view@v1",
                        "{\"sql\": \"select k, timestamptz '%s' as as_of, %s from sources.every order by k\"}"
                                .formatted(AS_OF, columns),
                        ""))
                .as("a spine's own columns")
                .isEqualTo(sent);

        jdbc.sql("create schema if not exists everywhere; grant usage on schema everywhere to asof_tables")
                .update();
        jdbc.sql("create table everywhere.every_copy as select k, ts, %s from sources.every".formatted(columns))
                .update();
        jdbc.sql("grant select on everywhere.every_copy to asof_tables").update();
        api.apply(source("every_copy", "table\ntable: everywhere.every_copy\nread: append"))
                .expect(200);
        api.apply(view("every_copy")).expect(200);
        long read = api.post("/sources/every_copy/reads", "application/json", "")
                .expect(202)
                .json()
                .get("id")
                .asLong();
        Eventually.until(
                () -> api.get("/table-reads/" + read)
                        .json()
                        .get("state")
                        .asString()
                        .equals("done"),
                () -> api.get("/table-reads/" + read).body());
        // a read is done with its commit, and online just after
        Eventually.until(
                () -> online("every_copy_view@v1").equals(sent), () -> "from a table: " + online("every_copy_view@v1"));
    }

    private static String column(String type) {
        return "c_" + type.toLowerCase(Locale.ROOT);
    }

    private static String source(String name, String type) {
        return """
            kind: source
            name: %s
            type: %s
            columns:
              - {name: ts, type: TIMESTAMP, required: true}
              - {name: k, type: INT64, required: true}
            %s
            event_timestamp: ts
            """.formatted(
                name,
                type,
                TYPES.stream()
                        .map(each -> "  - {name: %s, type: %s%s}"
                                .formatted(column(each), each, each.startsWith("FLOAT") ? ", non_finite: true" : ""))
                        .collect(Collectors.joining("\n")));
    }

    private static String view(String source) {
        return """
            kind: feature_view
            name: %1$s_view
            entities: [every_key]
            source: %1$s
            features:
            %2$s
            """.formatted(
                        source,
                        TYPES.stream()
                                .map(each -> "  - {name: %1$s, column: %1$s}".formatted(column(each)))
                                .collect(Collectors.joining("\n")));
    }

    private static List<String> values(int key) {
        return TYPES.stream().map(type -> VALUES.get(type).get(key)).toList();
    }

    private static String rows() {
        return IntStream.range(0, KEYS)
                .mapToObj(key -> "{\"ts\":\"2026-01-01T00:00:00Z\",\"k\":%s,%s}\n"
                        .formatted(
                                key,
                                TYPES.stream()
                                        .map(type -> "\"%s\":%s"
                                                .formatted(
                                                        column(type),
                                                        VALUES.get(type).get(key)))
                                        .collect(Collectors.joining(","))))
                .collect(Collectors.joining());
    }

    private static List<String> features(String view) {
        return TYPES.stream().map(type -> view + ":" + column(type)).toList();
    }

    private ApiClient.Answer lookup(String view) {
        return api.postJson(
                "/online-features",
                Map.of(
                        "features", features(view),
                        "entities",
                                IntStream.range(0, KEYS)
                                        .mapToObj(key -> Map.of("k", key))
                                        .toList()));
    }

    private List<List<String>> online(String view) {
        var answer = lookup(view).expect(200).json();
        return answer.get("rows")
                .valueStream()
                .map(row -> texts(row.get("values").valueStream()))
                .toList();
    }

    /** Often enough for the driver to go over to binary. */
    private List<List<String>> fromPostgres(String name) {
        var view = registry.current().liveViews().stream()
                .filter(each -> each.version().view().value().equals(name))
                .findFirst()
                .orElseThrow();
        var keys = IntStream.range(0, KEYS)
                .mapToObj(key -> Objects.requireNonNull(EntityKey.of(List.of((long) key))))
                .toList();
        List<List<String>> first = null;
        for (int i = 0; i < 8; i++) {
            var rows = new NewestByKey(dataSource)
                    .read(view, keys, Instant.parse(AS_OF)).stream()
                            .map(row -> {
                                var texts = new ArrayList<String>();
                                for (int feature = 0; feature < TYPES.size(); feature++) {
                                    var text = new StringWriter();
                                    try (var json = JSON.createGenerator(text)) {
                                        JsonValues.write(
                                                json,
                                                view.features().get(feature).type(),
                                                row.orElseThrow().values()[feature],
                                                false);
                                    }
                                    texts.add(text.toString());
                                }
                                return (List<String>) texts;
                            })
                            .toList();
            assertThat(first == null ? rows : first)
                    .as("the same at every time")
                    .isEqualTo(rows);
            first = rows;
        }
        return Objects.requireNonNull(first);
    }

    private String state(int version) {
        return jdbc.sql("select state from asof.definition_version where name = 'every_view' and version = :version")
                .param("version", version)
                .query(String.class)
                .single();
    }

    private static String rowsSpine() {
        return IntStream.range(0, KEYS)
                .mapToObj(key -> "{\"k\": %s, \"as_of\": \"%s\"}".formatted(key, AS_OF))
                .collect(Collectors.joining(", ", "{\"rows\": [", "]}"));
    }

    private List<List<String>> historical(String view, String spine) {
        return historical(view, spine, view.substring(0, view.indexOf('@')) + "__");
    }

    private List<List<String>> historical(String view, String spine, String prefix) {
        var lines = api.post(
                        "/historical-features",
                        "application/json",
                        "{\"features\": %s, \"spine\": %s}".formatted(JSON.writeValueAsString(features(view)), spine))
                .expect(200)
                .body();
        return lines(lines, prefix);
    }

    private List<List<String>> dataset() {
        api.post(
                        "/training-datasets",
                        "application/json",
                        "{\"name\": \"every_value\", \"features\": %s, \"spine\": %s}"
                                .formatted(JSON.writeValueAsString(features("every_view@v2")), rowsSpine()))
                .expect(202);
        Eventually.until(
                () -> api.get("/training-datasets/every_value@v1")
                        .json()
                        .get("state")
                        .asString()
                        .equals("done"),
                () -> api.get("/training-datasets/every_value@v1").body());
        return lines(
                api.get("/training-datasets/every_value@v1/rows.ndjson")
                        .expect(200)
                        .body(),
                "every_view__");
    }

    private static List<List<String>> lines(String body, String prefix) {
        return body.lines()
                .map(JSON::readTree)
                .map(line -> texts(TYPES.stream().map(type -> line.get(prefix + column(type)))))
                .toList();
    }

    private static List<String> texts(Stream<JsonNode> values) {
        return values.map(JsonNode::toString).toList();
    }
}
