package dev.asof.registry.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.asof.registry.Expectation;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.Violation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to get a definition wrong, with the path, the line and the near misses the answer must have. */
class BrokenBundlesTest {

    private static final String SOURCE = """
        kind: source
        name: s
        columns: [{name: ts, type: TIMESTAMP}, {name: n, type: INT64}, \
        {name: t, type: STRING}, {name: x, type: FLOAT64}]
        event_timestamp: ts
        """;
    private static final String TABLE = """
        kind: source
        name: s
        type: table
        columns: [{name: ts, type: TIMESTAMP}, {name: n, type: INT64}]
        event_timestamp: ts
        table: a.b
        read: append
        """;
    private static final String COLUMNS =
            "kind: source\nname: s\nevent_timestamp: ts\ncolumns:\n- {name: ts, type: TIMESTAMP}\n";
    private static final String VIEW = "kind: feature_view\nname: v\nentities: [card]\nsource: s\n";
    private static final String FEATURE = VIEW + "features:\n- ";
    private static final String SERVICE = "kind: feature_service\nname: m\nfeatures:\n- ";

    @ParameterizedTest(name = "{1} at {2}, line {3}")
    @MethodSource
    void everyMistakeHasItsPathAndLine(String text, String code, String path, int line, String suggestion) {
        var violations = BundleReader.read(text).violations().shown();

        assertThat(violations).as("%s", violations).singleElement().satisfies(violation -> {
            assertThat(violation.code()).isEqualTo(code);
            assertThat(violation.path()).isEqualTo(path.isEmpty() ? null : path);
            assertThat(violation.line()).isEqualTo(line == 0 ? null : line);
            assertThat(violation.message()).isNotBlank();
            if (!suggestion.isEmpty()) {
                assertThat(violation.suggestions()).contains(suggestion);
            }
        });
    }

    static Stream<Arguments> everyMistakeHasItsPathAndLine() {
        return Stream.of(form(), columns(), contracts(), views(), services()).flatMap(cases -> cases);
    }

    private static Stream<Arguments> form() {
        return Stream.of(
                broken("", "empty_bundle", "", 0, ""),
                broken("# nothing\n---\n", "empty_bundle", "", 0, ""),
                broken("just text", "wrong_type", "definitions[0]", 1, ""),
                broken("name: x", "missing_field", "definitions[0].kind", 1, ""),
                broken("kind: entity\nkeys: [{name: a, type: STRING}]", "missing_field", "definitions[0].name", 1, ""),
                broken(
                        "kind: entity\nname: 5\nkeys: [{name: a, type: STRING}]",
                        "wrong_type",
                        "definitions[0].name",
                        2,
                        ""),
                broken("\nkind: entitty\nname: x", "unknown_kind", "definitions[0].kind", 2, "entity"),
                broken(
                        "kind: on_demand_feature_vew\nname: x",
                        "unknown_kind",
                        "definitions[0].kind",
                        1,
                        "on_demand_feature_view"),
                broken(
                        "kind: entity\nname: a__b\nkeys: [{name: a, type: STRING}]",
                        "invalid_name",
                        "definitions[0].name",
                        2,
                        ""),
                broken(
                        "kind: entity\nname: e\nname: f\nkeys: [{name: a, type: STRING}]",
                        "duplicate_field",
                        "entities.e.name",
                        3,
                        ""),
                broken(
                        "kind: entity\nname: e\nkeyz: []\nkeys: [{name: a, type: STRING}]",
                        "unknown_field",
                        "entities.e.keyz",
                        3,
                        "keys"),
                broken("kind: entity\nname: e", "missing_field", "entities.e.keys", 1, ""),
                broken("kind: entity\nname: e\nkeys: []", "missing_field", "entities.e.keys", 3, ""),
                broken("kind: entity\nname: e\nkeys: {a: b}", "wrong_type", "entities.e.keys", 3, ""),
                broken(
                        "kind: entity\nname: e\nkeys:\n- {name: a, type: STRING}\n- {name: a, type: INT64}",
                        "duplicate_key",
                        "entities.e.keys[1].name",
                        5,
                        ""),
                broken(
                        "kind: entity\nname: e\nkeys:\n- {name: as_of, type: STRING}",
                        "reserved_name",
                        "entities.e.keys[0].name",
                        4,
                        ""),
                broken(
                        "kind: entity\nname: e\ntags: {pii: true}\nkeys: [{name: a, type: STRING}]",
                        "wrong_type",
                        "entities.e.tags.pii",
                        3,
                        ""),
                broken(
                        "kind: entity\nname: e\ndescription: \"a\\0b\"\nkeys: [{name: a, type: STRING}]",
                        "invalid_character",
                        "entities.e.description",
                        3,
                        ""),
                broken("kind: entity\nname: e\u0000", "invalid_character", "", 2, ""),
                broken("kind: entity\nname: e\nkeys:\n\t- {name: a, type: STRING}", "yaml_syntax", "", 4, ""),
                broken("kind: entity\nname: [a, b", "yaml_syntax", "", 2, ""),
                broken("a: &a [*b]", "yaml_syntax", "", 1, ""));
    }

    private static Stream<Arguments> columns() {
        return Stream.of(
                broken("kind: source\nname: s\nevent_timestamp: ts", "missing_field", "sources.s.columns", 1, ""),
                broken(
                        "kind: source\nname: s\nevent_timestamp: ts\ncolumns: []",
                        "missing_field",
                        "sources.s.columns",
                        4,
                        ""),
                broken(
                        "kind: source\nname: s\ncolumns: [{name: ts, type: TIMESTAMP}]",
                        "missing_field",
                        "sources.s.event_timestamp",
                        1,
                        ""),
                broken(
                        COLUMNS + "- {name: a, type: double}",
                        "unknown_type",
                        "sources.s.columns[1].type",
                        6,
                        "FLOAT64"),
                broken(COLUMNS + "- {name: a, type: STRNG}", "unknown_type", "sources.s.columns[1].type", 6, "STRING"),
                broken(COLUMNS + "- {name: a}", "missing_field", "sources.s.columns[1].type", 6, ""),
                broken(COLUMNS + "- {type: STRING}", "missing_field", "sources.s.columns[1].name", 6, ""),
                broken(COLUMNS + "- {name: A, type: STRING}", "invalid_name", "sources.s.columns[1].name", 6, ""),
                broken(COLUMNS + "- {name: ts, type: STRING}", "duplicate_column", "sources.s.columns[1].name", 6, ""),
                broken(
                        COLUMNS + "- {name: known_timestamp, type: TIMESTAMP}",
                        "reserved_name",
                        "sources.s.columns[1].name",
                        6,
                        ""),
                broken(COLUMNS + "- {name: ctid, type: STRING}", "reserved_name", "sources.s.columns[1].name", 6, ""),
                broken(
                        COLUMNS + "- {name: a, type: STRING, length: 3}",
                        "wrong_type",
                        "sources.s.columns[1].length",
                        6,
                        ""),
                broken(
                        COLUMNS + "- {name: a, type: INT64_LIST, length: 0}",
                        "wrong_type",
                        "sources.s.columns[1].length",
                        6,
                        ""),
                broken(
                        COLUMNS + "- {name: a, type: STRING, required: yes}",
                        "wrong_type",
                        "sources.s.columns[1].required",
                        6,
                        ""),
                broken(
                        COLUMNS + "- {name: a, type: TIMESTAMP, time_zone: America/NewYork}",
                        "unknown_time_zone",
                        "sources.s.columns[1].time_zone",
                        6,
                        "America/New_York"),
                broken(
                        COLUMNS + "- {name: a, type: TIMESTAMP, time_zone: europe/paris}",
                        "unknown_time_zone",
                        "sources.s.columns[1].time_zone",
                        6,
                        "Europe/Paris"),
                broken(
                        COLUMNS + "- {name: a, type: STRING, time_zone: UTC}",
                        "wrong_type",
                        "sources.s.columns[1].time_zone",
                        6,
                        ""),
                broken(
                        COLUMNS + "- {name: a, type: TIMESTAMP, at: noon}",
                        "bad_value",
                        "sources.s.columns[1].at",
                        6,
                        ""),
                broken(
                        COLUMNS + "- {name: a, type: INT64, non_finite: true}",
                        "wrong_type",
                        "sources.s.columns[1].non_finite",
                        6,
                        ""),
                broken(COLUMNS + "- ts", "wrong_type", "sources.s.columns[1]", 6, ""));
    }

    private static Stream<Arguments> contracts() {
        return Stream.of(
                broken(TABLE.replace("table: a.b", "table: b"), "bad_value", "sources.s.table", 6, "public.b"),
                broken(TABLE.replace("table: a.b\n", ""), "missing_field", "sources.s.table", 1, ""),
                broken(TABLE + "query: select 1", "conflicting_fields", "sources.s.query", 8, ""),
                broken(TABLE.replace("table: a.b", "query: ;"), "sql", "sources.s.query", 6, ""),
                broken(TABLE.replace("append", "apend"), "bad_value", "sources.s.read", 7, "append"),
                broken(TABLE.replace("read: append", ""), "missing_field", "sources.s.read", 1, ""),
                broken(TABLE.replace("append", "snapshot"), "missing_field", "sources.s.row_id", 1, ""),
                broken(TABLE + "schedule: daily", "bad_schedule", "sources.s.schedule", 8, ""),
                broken(TABLE + "schedule: \"0 0 31 2 *\"", "bad_schedule", "sources.s.schedule", 8, ""),
                broken(TABLE + "schedule: \"0 5 * * * *\"", "bad_schedule", "sources.s.schedule", 8, ""),
                broken(TABLE + "schedule: \"61 5 * * *\"", "bad_schedule", "sources.s.schedule", 8, ""),
                broken(TABLE + "connection: My-DB", "invalid_name", "sources.s.connection", 8, ""),
                broken(SOURCE + "type: pusch", "bad_value", "sources.s.type", 5, "push"),
                broken(SOURCE + "schedule: \"0 5 * * *\"", "conflicting_fields", "sources.s.schedule", 5, ""),
                broken(
                        SOURCE.replace("event_timestamp: ts", "event_timestamp: n"),
                        "wrong_type",
                        "sources.s.event_timestamp",
                        4,
                        ""),
                broken(
                        SOURCE.replace("event_timestamp: ts", "event_timestamp: tz"),
                        "unknown_column",
                        "sources.s.event_timestamp",
                        4,
                        "ts"),
                broken(
                        SOURCE.replace("event_timestamp: ts", "event_timestamp: {time_zone: UTC}"),
                        "missing_field",
                        "sources.s.event_timestamp.column",
                        4,
                        ""),
                broken(SOURCE + "known_timestamp: x", "wrong_type", "sources.s.known_timestamp", 5, ""),
                broken(
                        SOURCE + "known_timestamp: ts\nknown_after: 1h",
                        "conflicting_fields",
                        "sources.s.known_after",
                        6,
                        ""),
                broken(SOURCE + "known_after: -1h", "bad_duration", "sources.s.known_after", 5, ""),
                broken(SOURCE + "max_future_skew: 60", "bad_duration", "sources.s.max_future_skew", 5, ""),
                broken(SOURCE + "tombstone: n", "wrong_type", "sources.s.tombstone", 5, ""),
                broken(SOURCE + "row_id: [n,\n  m]", "unknown_column", "sources.s.row_id[1]", 6, "n"),
                broken(SOURCE + "row_id: [n, n]", "duplicate_column", "sources.s.row_id[1]", 5, ""),
                broken(SOURCE + "null_tokens: [NA, -999]", "wrong_type", "sources.s.null_tokens[1]", 5, ""),
                broken(SOURCE + "max_invalid_ratio: 1.5", "wrong_type", "sources.s.max_invalid_ratio", 5, ""),
                expectation("{column: y, matches: a}", "unknown_column", ".column", "x"),
                expectation("{column: t, matches: \"(a\"}", "bad_pattern", ".matches", ""),
                expectation("{column: t, matches: \"(?=a)b\"}", "bad_pattern", ".matches", ""),
                expectation("{column: n, matches: a}", "wrong_type", ".matches", ""),
                expectation("{column: t, between: [a, b]}", "wrong_type", ".between", ""),
                expectation("{column: n, between: [1]}", "bad_bounds", ".between", ""),
                expectation("{column: n, between: [null, null]}", "bad_bounds", ".between", ""),
                expectation("{column: n, between: [2, 1]}", "bad_bounds", ".between", ""),
                expectation("{column: n, between: [a, 1]}", "wrong_type", ".between[0]", ""),
                expectation("{column: x, between: [.nan, 1]}", "wrong_type", ".between[0]", ""),
                expectation("{column: n, in: []}", "missing_field", ".in", ""),
                expectation("{column: n, in: [1, a]}", "wrong_type", ".in[1]", ""),
                expectation("{column: t, in: [1]}", "wrong_type", ".in[0]", ""),
                expectation("{column: n, in: [9223372036854775808]}", "wrong_type", ".in[0]", ""),
                expectation("{column: n}", "missing_field", "", ""),
                expectation("{column: n, in: [1], between: [0, 1]}", "conflicting_fields", "", ""),
                expectation("{in: [1]}", "missing_field", ".column", ""),
                expectation("{unique: [n, m]}", "unknown_column", ".unique[1]", "n"),
                expectation("{unique: [n], column: n}", "conflicting_fields", ".column", ""));
    }

    private static Stream<Arguments> views() {
        return Stream.of(
                broken(
                        "kind: feature_view\nname: v\nsource: s\nfeatures: [{name: a, column: a}]",
                        "missing_field",
                        "feature_views.v.entities",
                        1,
                        ""),
                broken(
                        "kind: feature_view\nname: v\nentities: []\nfeatures: [{name: a, column: a}]",
                        "missing_field",
                        "feature_views.v.source",
                        1,
                        ""),
                broken(VIEW, "missing_field", "feature_views.v.features", 1, ""),
                broken(VIEW + "features: []", "missing_field", "feature_views.v.features", 5, ""),
                broken(FEATURE + "{name: a}", "missing_field", "feature_views.v.features[0]", 6, ""),
                broken(
                        FEATURE + "{name: a, column: a, expression: a}",
                        "conflicting_fields",
                        "feature_views.v.features[0].expression",
                        6,
                        ""),
                broken(
                        FEATURE + "{name: a, column: a, type: INT64}",
                        "conflicting_fields",
                        "feature_views.v.features[0].type",
                        6,
                        ""),
                broken(
                        FEATURE + "{name: a, expresion: a, column: b}",
                        "unknown_field",
                        "feature_views.v.features[0].expresion",
                        6,
                        "expression"),
                broken(
                        FEATURE + "{name: a, expression: \" \"}",
                        "missing_field",
                        "feature_views.v.features[0].expression",
                        6,
                        ""),
                broken(
                        FEATURE + "{name: a, expression: a, type: INT}",
                        "unknown_type",
                        "feature_views.v.features[0].type",
                        6,
                        "INT64"),
                broken(FEATURE + "{name: a-b, column: a}", "invalid_name", "feature_views.v.features[0].name", 6, ""),
                broken(
                        FEATURE + "{name: a, column: x, window: 1h}",
                        "conflicting_fields",
                        "feature_views.v.features[0].window",
                        6,
                        ""),
                broken(
                        VIEW + "ttl: 0s\nfeatures: [{name: a, column: a}]",
                        "bad_duration",
                        "feature_views.v.ttl",
                        5,
                        ""),
                broken(
                        VIEW + "ttl: 999999999d\nfeatures: [{name: a, column: a}]",
                        "bad_duration",
                        "feature_views.v.ttl",
                        5,
                        ""),
                broken(
                        VIEW + "revision: 0\nfeatures: [{name: a, column: a}]",
                        "wrong_type",
                        "feature_views.v.revision",
                        5,
                        ""),
                broken(
                        VIEW.replace("[card]", "[card, {name: card}]") + "features: [{name: a, column: a}]",
                        "duplicate_entity",
                        "feature_views.v.entities[1]",
                        3,
                        ""),
                broken(
                        VIEW.replace("[card]", "[Card]") + "features: [{name: a, column: a}]",
                        "invalid_name",
                        "feature_views.v.entities[0]",
                        3,
                        ""));
    }

    private static Stream<Arguments> services() {
        return Stream.of(
                broken("kind: feature_service\nname: m", "missing_field", "feature_services.m.features", 1, ""),
                broken(
                        "kind: feature_service\nname: m\nfeatures: []",
                        "missing_field",
                        "feature_services.m.features",
                        3,
                        ""),
                broken(SERVICE + "card_activity", "bad_reference", "feature_services.m.features[0]", 4, ""),
                broken(SERVICE + "\"card@2:a\"", "bad_reference", "feature_services.m.features[0]", 4, ""),
                broken(SERVICE + "\"card@v0:a\"", "bad_reference", "feature_services.m.features[0]", 4, ""),
                broken(SERVICE + "\"card:A\"", "invalid_name", "feature_services.m.features[0]", 4, ""),
                broken(SERVICE + "{view: v, as: Payee}", "invalid_name", "feature_services.m.features[0].as", 4, ""),
                broken(
                        SERVICE + "{view: v, features: []}",
                        "missing_field",
                        "feature_services.m.features[0].features",
                        4,
                        ""),
                broken(
                        SERVICE + "{view: v, features: [a, a]}",
                        "duplicate_feature",
                        "feature_services.m.features[0].features[1]",
                        4,
                        ""),
                broken(
                        SERVICE + "{view: v, features: [a, \"*\"]}",
                        "conflicting_fields",
                        "feature_services.m.features[0].features[1]",
                        4,
                        ""),
                broken(SERVICE + "{as: payee}", "missing_field", "feature_services.m.features[0].view", 4, ""),
                broken(
                        SERVICE + "{view: v, as: " + "a".repeat(40) + ", features: [" + "b".repeat(22) + "]}",
                        "name_too_long",
                        "feature_services.m.features[0].as",
                        4,
                        ""),
                broken(
                        SERVICE + "v:a\ntraining: {known: yesterday}",
                        "bad_value",
                        "feature_services.m.training.known",
                        5,
                        ""),
                broken(
                        SERVICE + "v:a\ntraining: {strikt: true}",
                        "unknown_field",
                        "feature_services.m.training.strikt",
                        5,
                        "strict"));
    }

    @Test
    void aSyntaxErrorDoesNotHideTheOtherDocuments() {
        var violations = BundleReader.read("""
            kind: entity
            name: [
            ---
            kind: entity
            name: b
            ---
            kind: entity
            name: "unclosed
            ---
            kind: entity
            """).violations().shown();

        assertThat(violations)
                .extracting(Violation::line, Violation::code)
                .containsExactlyInAnyOrder(
                        tuple(3, "yaml_syntax"),
                        tuple(9, "yaml_syntax"),
                        tuple(4, "missing_field"),
                        tuple(10, "missing_field"),
                        tuple(10, "missing_field"));
    }

    @Test
    void rowsThatPostgresCouldNotHoldAreRefused() {
        var columns = new StringBuilder(COLUMNS);
        for (int i = 0; i < 400; i++) {
            columns.append("- {name: c%s, type: STRING}\n".formatted(i));
        }

        assertThat(BundleReader.read(columns.toString()).violations().shown())
                .extracting(Violation::path, Violation::code, Violation::line)
                .containsExactly(tuple("sources.s.columns", "too_many", 4));
    }

    @Test
    void boundsOfTimestampsAreReadInTheColumnsZone() {
        String source = SOURCE.replace("type: TIMESTAMP", "type: TIMESTAMP, time_zone: America/New_York");

        var good = BundleReader.read(source + "expectations: [{column: ts, between: [2001-01-01 00:00:00, null]}]");
        var bad = BundleReader.read(source + "expectations: [{column: ts, in: [yesterday]}]");

        var expected =
                new Expectation.Between("ts", Optional.of(Instant.parse("2001-01-01T05:00:00Z")), Optional.empty());
        assertThat(good.violations().shown()).isEmpty();
        assertThat(((SourceDefinition) good.definitions().getFirst().definition()).expectations())
                .containsExactly(expected);
        assertThat(bad.violations().shown())
                .extracting(Violation::path)
                .containsExactly("sources.s.expectations[0].in[0]");
    }

    @Test
    void bombsAreRefusedQuickly() {
        var aliases = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 30; i++) {
            aliases.append(
                    "a%s: &a%s [%s]\n".formatted(i, i, "*a%s,".formatted(i - 1).repeat(9)));
        }
        var bombs = List.of(
                aliases.toString(),
                "[".repeat(200_000),
                "{a: ".repeat(200_000),
                "- ".repeat(100_000),
                "x".repeat(6_000_000),
                "kind: entity\nname: e\nkeys: &k [*k, *k]",
                "&x [*x]",
                SOURCE + "row_id: [" + "a, ".repeat(1_000_000) + "]",
                "[" + "[],".repeat(400_000) + "]",
                "- 1\n".repeat(400_000),
                "tags: {a0: &t " + "x".repeat(1_000_000) + repeated(10_000) + "}",
                "a: &a [x]\nb: [&a [*a]]",
                ("kind: entity\nname: a\n? [\n---\n").repeat(100_000));

        for (String bomb : bombs) {
            var violations = assertTimeout(
                    Duration.ofSeconds(10),
                    () -> BundleReader.read(bomb).violations().shown());
            assertThat(violations).isNotEmpty();
        }
    }

    private static String repeated(int times) {
        var entries = new StringBuilder();
        for (int i = 1; i < times; i++) {
            entries.append(", a%s: *t".formatted(i));
        }
        return entries.toString();
    }

    @Test
    void whatAliasesRepeatIsReadAsIfItStoodThere() {
        var bundle = BundleReader.read("""
            kind: entity
            name: e
            keys: [{name: &k card, type: STRING}]
            tags: {a: &t text, b: *t, c: *k}
            """);

        assertThat(bundle.violations().isEmpty()).isTrue();
        assertThat(bundle.definitions().getFirst().definition().metadata().tags())
                .containsEntry("b", "text")
                .containsEntry("c", "card");
    }

    @Test
    void ofManyViolationsTheFirstHundredAreKeptAndTheOthersCounted() {
        var items = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            items.append("- {name: k%s, typ: STRING, x%s: 1}\n".formatted(i, "y".repeat(400)));
        }

        var violations =
                BundleReader.read("kind: entity\nname: e\nkeys:\n" + items).violations();

        assertThat(violations.count()).isEqualTo(15_000);
        assertThat(violations.shown()).hasSize(100);
        assertThat(violations.shown()).allSatisfy(violation -> {
            assertThat(violation.message().length()).isLessThanOrEqualTo(1_001);
            assertThat(String.valueOf(violation.path()).length()).isLessThanOrEqualTo(301);
        });
    }

    private static Arguments expectation(String text, String code, String path, String suggestion) {
        return broken(SOURCE + "expectations:\n- " + text, code, "sources.s.expectations[0]" + path, 6, suggestion);
    }

    private static Arguments broken(String text, String code, String path, int line, String suggestion) {
        return Arguments.of(text, code, path, line, suggestion);
    }
}
