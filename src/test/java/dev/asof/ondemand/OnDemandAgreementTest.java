package dev.asof.ondemand;

import static dev.asof.ondemand.Cards.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.ondemand.RandomExpressions.Kind;
import dev.asof.support.ApiClient;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rule C1: a lookup and a training row as of its instant have the same values to the bit, of a thousand random expressions
 * over features of all kinds, request values and the as-of time; in whatever language and zone the server is.
 */
@AsofServerTest
class OnDemandAgreementTest {

    private static final int VIEWS = 4;
    private static final int EXPRESSIONS = 250;
    private static final int ROWS = 24;
    private static final List<String> TEXTS = Arrays.asList(
            "food", "İstanbul", "ıIiİ", "straße", "12", "-1.5", "😀x", " a b ", "", null, "Ünïcode ü", "é");

    private static final JsonMapper JSON = new JsonMapper();

    @LocalServerPort
    private int port;

    private ApiClient api;
    private String name;
    private Random chance;
    private RandomExpressions expressions;
    private final Map<String, String> written = new HashMap<>();

    @BeforeEach
    void define() {
        api = new ApiClient(port);
        name = "q" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
        long seed = Seeds.upTo(0).findFirst().orElseThrow();
        chance = new Random(seed);
        expressions = new RandomExpressions(chance, inputs(), List.of(feature("spent")), List.of(feature("counts")));
        api.apply(source()).expect(200);
        for (int i = 0; i < VIEWS; i++) {
            api.apply(onDemand(i)).expect(200);
        }
        sendRows();
        api.apply("""
            kind: feature_service
            name: %1$s_svc
            features: ["%1$s_v:*", "%1$s_d0:*", "%1$s_d1:*", "%1$s_d2:*", "%1$s_d3:*"]
            """.formatted(name)).expect(200);
        Eventually.until(
                () -> api.get("/feature-services/" + name + "_svc/schema").status() == 200,
                () -> api.get("/feature-services/" + name + "_svc"));
    }

    private String feature(String feature) {
        return name + "_v." + feature;
    }

    private Map<Kind, List<String>> inputs() {
        return Map.of(
                Kind.INT, List.of(feature("big"), feature("small"), feature("n"), "request.k", "request.s"),
                Kind.FLOAT,
                        List.of(
                                feature("x"),
                                feature("single"),
                                feature("sum"),
                                feature("avg"),
                                feature("inverse"),
                                "request.y",
                                "request.f"),
                Kind.BOOL, List.of(feature("flag"), "request.b"),
                Kind.TEXT, List.of(feature("word"), "request.t", "request.t"),
                Kind.TIME, List.of(feature("first_at"), "request.since", "as_of"),
                Kind.INTS, List.of(feature("last_bigs"), "request.ks"),
                Kind.FLOATS, List.of(feature("vector"), feature("last_xs"), "request.ys", "request.fs"),
                Kind.TEXTS, List.of(feature("words"), "request.ts"));
    }

    private String source() {
        return """
            kind: entity
            name: %1$s_e
            keys: [{name: id, type: INT64}]
            ---
            kind: source
            name: %1$s_s
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true}
              - {name: id, type: INT64, required: true}
              - {name: big, type: INT64}
              - {name: small, type: INT32}
              - {name: x, type: FLOAT64}
              - {name: single, type: FLOAT32}
              - {name: flag, type: BOOLEAN}
              - {name: word, type: STRING}
              - {name: vector, type: FLOAT32_LIST, length: 3}
            event_timestamp: at
            ---
            kind: feature_view
            name: %1$s_v
            entities: [%1$s_e]
            source: %1$s_s
            features:
              - {name: big, column: big}
              - {name: small, column: small}
              - {name: x, column: x}
              - {name: single, column: single}
              - {name: flag, column: flag}
              - {name: word, column: word}
              - {name: vector, column: vector}
              - {name: inverse, expression: "1.0 / x"}
              - {name: n, aggregate: count, window: 7d}
              - {name: sum, aggregate: sum, column: x, window: 7d}
              - {name: avg, aggregate: avg, column: small, window: 7d}
              - {name: first_at, aggregate: min, column: at, window: unbounded}
              - {name: last_bigs, aggregate: last_n, n: 4, column: big, window: 30d}
              - {name: last_xs, aggregate: last_n, n: 3, column: x, window: 30d}
              - {name: words, aggregate: distinct_n, n: 4, column: word, window: 30d}
              - {name: spent, aggregate: sum, column: x, window: 30d, by: word}
              - {name: counts, aggregate: count, window: 30d, by: word}
            """.formatted(name);
    }

    /** Some of the later views read the one before too. */
    private String onDemand(int number) {
        var inputs = number == 0 ? "" : ", \"%s_d%s:f0\"".formatted(name, number - 1);
        var features = new StringBuilder();
        for (int i = 0; i < EXPRESSIONS; i++) {
            String expression = i == 1 && number > 0 ? "%s_d%s.f0".formatted(name, number - 1) : expressions.any();
            written.put("%s_d%s__f%s".formatted(name, number, i), expression);
            features.append("  - {name: f%s, expression: %s}\n".formatted(i, JSON.writeValueAsString(expression)));
        }
        return """
            kind: on_demand_feature_view
            name: %s_d%s
            inputs: ["%s_v:*"%s]
            request:
              - {name: k, type: INT64}
              - {name: s, type: INT32}
              - {name: y, type: FLOAT64}
              - {name: f, type: FLOAT32}
              - {name: b, type: BOOLEAN}
              - {name: t, type: STRING}
              - {name: since, type: TIMESTAMP}
              - {name: ks, type: INT64_LIST}
              - {name: ys, type: FLOAT64_LIST}
              - {name: fs, type: FLOAT32_LIST, length: 3}
              - {name: ts, type: STRING_LIST}
            features:
            %s\
            """.formatted(name, number, name, inputs, features.toString().replaceFirst("\\n$", "\n"));
    }

    /** Amounts of quarters, whose sums are exact in whatever order (rule W3). */
    private void sendRows() {
        var now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        var rows = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < 60; i++) {
            rows.add(row(
                    "at", now.minusSeconds(3_600L + chance.nextInt(1_000_000)).toString(),
                    "id", chance.nextInt(8),
                    "big", orNull(chance.nextInt(3) == 0 ? chance.nextLong() : (Object) (long) chance.nextInt(100)),
                    "small", orNull(chance.nextInt(50) - 25),
                    "x", orNull((chance.nextInt(200) - 100) / 4.0),
                    "single", orNull(chance.nextInt(1000) / 7f),
                    "flag", orNull(chance.nextBoolean()),
                    "word", TEXTS.get(chance.nextInt(TEXTS.size())),
                    "vector",
                            orNull(List.of(
                                    chance.nextInt(9) / 8.0, chance.nextInt(9) / 4.0, -chance.nextInt(9) / 2.0))));
        }
        api.rows(name + "_s", rows).expect(200);
    }

    private Object orNull(Object value) {
        return chance.nextInt(6) == 0 ? null : value;
    }

    private Map<String, Object> asked() {
        return row(
                "id", chance.nextInt(10),
                "k", orNull(chance.nextInt(4) == 0 ? chance.nextLong() : (Object) (long) chance.nextInt(60)),
                "s", orNull(chance.nextInt(100) - 50),
                "y", orNull(chance.nextInt(3) == 0 ? chance.nextGaussian() * 1e6 : chance.nextDouble()),
                "f", orNull((double) (chance.nextInt(100) / 8f)),
                "b", orNull(chance.nextBoolean()),
                "t", TEXTS.get(chance.nextInt(TEXTS.size())),
                "since",
                        orNull(Instant.parse("2025-06-01T00:00:00Z")
                                .plus(chance.nextLong(40_000_000_000_000L), ChronoUnit.MICROS)
                                .toString()),
                "ks", orNull(Arrays.asList((long) chance.nextInt(100), null, chance.nextLong())),
                "ys", orNull(List.of(chance.nextDouble(), -0.0, 1e300 * chance.nextDouble())),
                "fs", orNull(List.of(0.5, chance.nextInt(8) / 8.0, -2)),
                "ts", orNull(Arrays.asList("food", TEXTS.get(chance.nextInt(TEXTS.size())), "I")));
    }

    private List<Map<String, String>> trained(List<Map<String, Object>> asked, String asOf) {
        var spine = asked.stream()
                .map(row -> {
                    var with = new LinkedHashMap<>(row);
                    with.put("as_of", asOf);
                    return with;
                })
                .toList();
        return api.postJson(
                        "/historical-features",
                        Map.of("feature_service", name + "_svc", "spine", Map.of("rows", spine)))
                .expect(200)
                .body()
                .lines()
                .map(line -> {
                    var values = new LinkedHashMap<String, String>();
                    JSON.readTree(line)
                            .properties()
                            .forEach(field ->
                                    values.put(field.getKey(), field.getValue().toString()));
                    values.keySet().removeIf(column -> !column.matches(name + "_d\\d__f\\d+"));
                    return (Map<String, String>) values;
                })
                .toList();
    }

    private record LookedUp(String asOf, List<Map<String, String>> rows) {}

    private LookedUp lookedUp(List<Map<String, Object>> asked) {
        JsonNode answer = api.postJson("/online-features", Map.of("feature_service", name + "_svc", "entities", asked))
                .expect(200)
                .json();
        var rows = new ArrayList<Map<String, String>>();
        for (JsonNode row : answer.get("rows")) {
            var values = new LinkedHashMap<String, String>();
            for (int i = 0; i < answer.get("columns").size(); i++) {
                String column = answer.get("columns").get(i).asString();
                if (column.matches(name + "_d\\d__f\\d+")) {
                    values.put(column, row.get("values").get(i).toString());
                }
            }
            rows.add(values);
        }
        return new LookedUp(answer.get("as_of").asString(), rows);
    }

    @Test
    void C1_lookupsAndTrainingRowsAgreeToTheBitInEveryLanguageAndZone() throws IOException {
        var asked = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < ROWS; i++) {
            asked.add(asked());
        }
        var online = lookedUp(asked);
        var training = trained(asked, online.asOf());

        assertThat(training.getFirst()).hasSize(VIEWS * EXPRESSIONS);
        var differences = new ArrayList<String>();
        for (int i = 0; i < ROWS; i++) {
            var lookup = online.rows().get(i);
            assertThat(lookup.keySet()).isEqualTo(training.get(i).keySet());
            training.get(i).forEach((column, value) -> {
                if (!value.equals(lookup.get(column))) {
                    differences.add(
                            "%s: %s online, %s in training".formatted(written.get(column), lookup.get(column), value));
                }
            });
        }
        assertThat(differences).isEmpty();
        long values = training.stream()
                .flatMap(row -> row.values().stream())
                .filter(value -> !value.equals("null"))
                .count();
        assertThat(values).as("values that are not null").isGreaterThan(ROWS * VIEWS * EXPRESSIONS / 4);
        assertThat(expressions.functions()).isEqualTo(documented());

        var locale = Locale.getDefault();
        var zone = TimeZone.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
            assertThat(trained(asked, online.asOf())).isEqualTo(training);
            Locale.setDefault(Locale.US);
            TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
            assertThat(trained(asked, online.asOf())).isEqualTo(training);
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
    }

    /** The functions in the tables of the page about expressions. */
    private static TreeSet<String> documented() throws IOException {
        var names = new TreeSet<String>();
        var call = Pattern.compile("`(\\w+)\\(");
        Files.readString(Path.of("docs", "expressions.md"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|")[1])
                .forEach(cell -> call.matcher(cell).results().forEach(found -> names.add(found.group(1))));
        return names;
    }
}
