package dev.asof.registry.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.asof.registry.Definition;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.RegisteredView.Key;
import dev.asof.registry.catalog.Catalog;
import dev.asof.registry.catalog.CatalogAssembly;
import dev.asof.registry.catalog.Json;
import dev.asof.registry.catalog.StoredFormat;
import dev.asof.registry.catalog.StoredMeaning;
import dev.asof.registry.planning.Plan.Action;
import dev.asof.registry.planning.Plan.Effect;
import dev.asof.registry.planning.Plan.Step;
import dev.asof.registry.reading.BundleReader;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans of views with aggregates, one bundle after another, carried out on rows in memory. */
class AggregatePlansTest {

    private static final String ENTITY = "{kind: entity, name: card, keys: [{name: cc_num, type: STRING}]}\n";
    private static final String SOURCE = """
        kind: source
        name: transactions
        columns:
          - {name: id, type: INT64}
          - {name: ts, type: TIMESTAMP}
          - {name: cc_num, type: STRING}
          - {name: amount, type: FLOAT64}
          - {name: items, type: INT32}
          - {name: category, type: STRING}
          - {name: tags, type: STRING_LIST}
        event_timestamp: ts
        """;
    private static final String VIEW = """
        kind: feature_view
        name: spend
        entities: [card]
        source: transactions
        features:
          - {name: last_amount, column: amount}
          - {name: total, aggregate: sum, column: items, windows: [1h, 24h], where: "amount > 0"}
          - {name: by_category, aggregate: avg, expression: "amount * 2", window: 30d, by: category, max_keys: 50}
          - {name: recent, aggregate: last_n, n: 20, column: amount, window: unbounded}
          - {name: hourly, aggregate: count, series: {step: 1h, count: 24}}
        """;
    private static final String PLAIN = """
        kind: feature_view
        name: newest
        entities: [card]
        source: transactions
        features: [{name: amount, column: amount}]
        """;

    private final List<CatalogAssembly.Row> rows = new ArrayList<>();
    private long ids;

    @Test
    void W1_W6_aLineIsAFeatureForEachWindowAndABucketedOneItsKeysAndItsValues() {
        apply(ENTITY, SOURCE, VIEW);

        var view = view("spend", 1);
        assertThat(view.features())
                .extracting(Feature::name, Feature::type, Feature::input)
                .containsExactly(
                        tuple("last_amount", ScalarType.FLOAT64, Optional.empty()),
                        tuple("total_1h", ScalarType.INT64, Optional.of(ScalarType.INT32)),
                        tuple("total_24h", ScalarType.INT64, Optional.of(ScalarType.INT32)),
                        tuple("by_category_keys", ListType.of(ScalarType.STRING), Optional.of(ScalarType.FLOAT64)),
                        tuple("by_category_values", ListType.of(ScalarType.FLOAT64), Optional.of(ScalarType.FLOAT64)),
                        tuple("recent", ListType.of(ScalarType.FLOAT64), Optional.of(ScalarType.FLOAT64)),
                        tuple("hourly", ListType.of(ScalarType.INT64), Optional.empty()));
        assertThat(view.rowFeatures()).extracting(Feature::name).containsExactly("last_amount");
        assertThat(view.aggregates().orElseThrow().windows()).hasSize(5);
        assertThat(view.rowId()).isEmpty();
    }

    @Test
    void V1_theSameBundleAgainChangesNothingAndWritingTheDefaultHopIsNoNewMeaning() {
        apply(ENTITY, SOURCE, VIEW);

        assertThat(plan(ENTITY, SOURCE, VIEW).summary()).isEqualTo("3 unchanged");
        assertThat(plan(VIEW.replace("window: 30d", "window: 30d, hop: 1d").replace("30d", "720h"))
                        .summary())
                .isEqualTo("1 unchanged");
    }

    @Test
    void V1_eachPartOfAnAggregateIsMeaningAndAnotherBreaks() {
        apply(ENTITY, SOURCE, VIEW);
        for (String change : List.of(
                "window: 30d|window: 31d",
                "window: 30d|window: 30d, hop: 1h",
                "window: 30d|window: 30d, offset: 1d",
                "aggregate: avg|aggregate: sum",
                "amount * 2|amount * 3",
                "max_keys: 50|max_keys: 51",
                "n: 20|n: 21",
                "aggregate: last_n|aggregate: distinct_n|column: amount, window: unbounded|column: items, window:"
                        + " unbounded",
                "amount > 0|amount > 1",
                ", where: \"amount > 0\"|",
                "count: 24|count: 25",
                "series: {step: 1h|series: {step: 2h",
                "aggregate: count, series|aggregate: count, column: items, series")) {
            String[] parts = change.split("\\|", -1);
            String changed = VIEW;
            for (int i = 0; i < parts.length; i += 2) {
                assertThat(changed).contains(parts[i]);
                changed = changed.replace(parts[i], parts[i + 1]);
            }
            var planned = plan(changed).changes().getFirst();
            assertThat(planned.action()).as(change).isEqualTo(Action.NEW_VERSION);
            assertThat(planned.effect()).as(change).contains(Effect.BREAKING);
            assertThat(planned.step())
                    .isInstanceOfSatisfying(
                            Step.AddView.class,
                            added -> assertThat(added.hash())
                                    .isNotEqualTo(view("spend", 1).hash()));
        }
        assertThat(plan(VIEW.replace("amount > 0", "amount > 1"))
                        .changes()
                        .getFirst()
                        .reasons())
                .containsExactly(
                        "feature total_1h: sum of items over 1h, hop 1m, where amount > 0 becomes"
                                + " sum of items over 1h, hop 1m, where amount > 1",
                        "feature total_24h: sum of items over 1d, hop 1h, where amount > 0 becomes"
                                + " sum of items over 1d, hop 1h, where amount > 1");
    }

    @Test
    void V1_anotherAggregateIsCompatibleAndWhatIsSaidOfOneIsNoMeaning() {
        apply(ENTITY, SOURCE, VIEW);

        var added = plan(VIEW.replace("[1h, 24h]", "[1h, 24h, 7d]")).changes().getFirst();
        assertThat(added.effect()).contains(Effect.COMPATIBLE);
        assertThat(added.reasons()).containsExactly("feature total_7d INT64 is added");
        assertThat(plan(VIEW.replace("n: 20", "n: 20, description: the last")).summary())
                .isEqualTo("1 metadata updated");
    }

    @Test
    void W4_aRowIdDeclaredLaterMakesNewVersionsOfViewsWithAggregatesAlone() {
        apply(ENTITY, SOURCE, VIEW, PLAIN);
        String hash = view("spend", 1).hash();

        var plan = apply(SOURCE + "row_id: [id, ts]\n");

        assertThat(plan.changes())
                .extracting(Plan.Change::name, Plan.Change::action, Plan.Change::effect)
                .containsExactly(
                        tuple("transactions", Action.NEW_VERSION, Optional.of(Effect.COMPATIBLE)),
                        tuple("spend", Action.NEW_VERSION, Optional.of(Effect.BREAKING)));
        assertThat(plan.changes().getFirst().reasons())
                .singleElement()
                .asString()
                .contains("row_id [id, ts] is declared");
        assertThat(plan.changes().getLast().reasons())
                .containsExactly("row_id, which aggregates go by, was [] and becomes [id, ts]");
        assertThat(view("spend", 1).rowId()).isEmpty();
        assertThat(view("spend", 2).rowId())
                .containsExactly(new Key("id", ScalarType.INT64, "id"), new Key("ts", ScalarType.TIMESTAMP, "ts"));
        assertThat(view("spend", 2).hash()).isNotEqualTo(hash);
        assertThat(plan(ENTITY, SOURCE + "row_id: [id, ts]\n", VIEW, PLAIN).summary())
                .isEqualTo("4 unchanged");
        assertThatThrownBy(() -> plan(SOURCE)).hasMessageContaining("row_id was [id, ts] and becomes []");
    }

    @Test
    void W4_aRowIdOfWhatIsNoKeyIsToldOfTheViewThatCantHaveIt() {
        apply(ENTITY, SOURCE, VIEW);

        for (String column : List.of("tags", "amount")) {
            assertThatThrownBy(() -> plan(SOURCE + "row_id: [%s]\n".formatted(column)))
                    .isInstanceOfSatisfying(
                            AsofException.class,
                            e -> assertThat(e.violations().getFirst().path()).isEqualTo("feature_views.spend.source"))
                    .hasMessageContaining("'%s' in its row_id, which is".formatted(column));
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        aggregate: sum, column: category, window: 1h     | wrong_type       | column     | sum takes INT32, INT64, FLOAT32 or FLOAT64, but the column 'category' is STRING
        aggregate: sum, column: flag, window: 1h         | wrong_type       | column     | is BOOLEAN
        aggregate: avg, column: ts, window: 1h           | wrong_type       | column     | is TIMESTAMP
        aggregate: min, column: flag, window: 1h         | wrong_type       | column     | or TIMESTAMP, but
        aggregate: max, column: raw, window: 1h          | wrong_type       | column     | is BYTES
        aggregate: count, column: tags, window: 1h       | wrong_type       | column     | is STRING_LIST
        aggregate: stddev, expression: "category", window: 1h | wrong_type  | expression | the expression gives STRING
        aggregate: approx_quantile, quantile: 0.5, column: ts, window: 1h | wrong_type | column | is TIMESTAMP
        aggregate: top_k, n: 3, column: amount, window: 1h | wrong_type     | column     | BOOLEAN, INT32, INT64 or STRING
        aggregate: distinct_n, n: 3, column: ts, window: 1h | wrong_type    | column     | is TIMESTAMP
        aggregate: sum, column: amont, window: 1h        | unknown_column   | column     | [amount]
        aggregate: sum, expression: "amont * 2", window: 1h | unknown_column | expression | [amount]
        aggregate: sum, expression: "amount *", window: 1h | syntax         | expression | line 1
        aggregate: count, where: "amount", window: 1h    | wrong_type       | where      | gives BOOLEAN; this expression gives FLOAT64
        aggregate: count, where: "null", window: 1h      | type_mismatch    | where      | always null
        aggregate: count, where: "amont > 1", window: 1h | unknown_column   | where      | [amount]
        aggregate: count, by: amount, window: 1h         | wrong_type       | by         | 'amount' is FLOAT64
        aggregate: count, by: tags, window: 1h           | wrong_type       | by         | is STRING_LIST
        aggregate: count, by: categry, window: 1h        | unknown_column   | by         | [category]
        aggregate: sum, column: category, windows: [1h, 2h, 3h] | wrong_type | column    | Feature 'f_1h'
        """)
    void everyMistakeThatTheSourceShowsIsToldOnceWithItsLine(String feature, String code, String field, String said) {
        var source = SOURCE.replace(
                "columns:\n", "columns:\n  - {name: flag, type: BOOLEAN}\n  - {name: raw, type: BYTES}\n");
        String before = "  - {name: ok, aggregate: count, windows: [1h, 2h, 3h]}\n";
        var view = VIEW.substring(0, VIEW.indexOf("  - ")) + before + "  - {name: f, " + feature + "}\n";

        assertThatThrownBy(() -> plan(view, ENTITY, source))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        e -> assertThat(e.violations()).singleElement().satisfies(violation -> {
                            assertThat(violation.code()).isEqualTo(code);
                            assertThat(violation.path()).isEqualTo("feature_views.spend.features[1]." + field);
                            assertThat(violation.line()).isEqualTo(7);
                            assertThat(violation.message() + violation.suggestions())
                                    .contains(said);
                        }));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        {name: a, aggregate: count, windows: [1h]}, {name: a_1h, column: amount}          | a_1h
        {name: a, aggregate: count, windows: [1h]}, {name: a, aggregate: sum, column: items, windows: [1h]} | a_1h
        {name: b, aggregate: count, window: 1h, by: category}, {name: b, column: amount}  | b
        {name: b_keys, column: amount}, {name: b, aggregate: count, window: 1h, by: category} | b_keys
        {name: b, aggregate: count, window: 1h, by: category}, {name: b_values, column: amount} | b_values
        """)
    void aNameThatIsMadeTwiceIsRefused(String features, String name) {
        var view = VIEW.substring(0, VIEW.indexOf("  - ")) + "  - " + features.replace("}, {", "}\n  - {") + "\n";

        assertThatThrownBy(() -> plan(view, ENTITY, SOURCE))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        e -> assertThat(e.violations()).singleElement().satisfies(violation -> {
                            assertThat(violation.code()).isEqualTo("duplicate_feature");
                            assertThat(violation.path()).isEqualTo("feature_views.spend.features[1].name");
                            assertThat(violation.line()).isEqualTo(7);
                            assertThat(violation.message()).contains("'" + name + "'");
                        }));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        aggregate: top_k, n: 1000, column: category, window: 1h              | n        | write n: 2
        aggregate: last_n, n: 1000, column: amount, window: 1h               | n        | write n: 9
        aggregate: avg, column: amount, window: 1h, by: category, max_keys: 1000 | max_keys | write max_keys: 1
        aggregate: count, windows: [1h, 1d], by: items, max_keys: 1000       | max_keys | 8 values are kept
        """)
    void W8_aLargeStateIsRefusedWithWhatFits(String feature, String field, String said) {
        var view = VIEW.substring(0, VIEW.indexOf("  - ")) + "  - {name: f, " + feature + "}\n";

        assertThatThrownBy(() -> plan(view, ENTITY, SOURCE))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        e -> assertThat(e.violations()).singleElement().satisfies(violation -> {
                            assertThat(violation.code()).isEqualTo("state_too_large");
                            assertThat(violation.path()).isEqualTo("feature_views.spend.features[0]." + field);
                            assertThat(violation.message()).contains(said, "16,384");
                        }));
    }

    @Test
    void W6_theDefaultOfMaxKeysFitsTheUsualFunctions() {
        for (String function : List.of("count", "sum", "avg", "min", "max", "stddev", "variance_pop")) {
            var feature =
                    "  - {name: f, aggregate: %s, column: amount, window: 1h, by: category}\n".formatted(function);
            assertThat(plan(VIEW.substring(0, VIEW.indexOf("  - ")) + feature, ENTITY, SOURCE)
                            .summary())
                    .as(function)
                    .isEqualTo("3 created");
        }
    }

    @Test
    void W8_aPlanSaysWhatAKeyTakesOnlineAndWarnsOfMuch() {
        var head = VIEW.substring(0, VIEW.indexOf("  - "));
        var small = plan(head + "  - {name: f, aggregate: sum, column: amount, windows: [1h, 30d]}\n", ENTITY, SOURCE);
        assertThat(note(small))
                .matches(".*a key's aggregates take online about [0-9.,]+ (bytes|kB) in 3[0-9] tiles with one event a"
                        + " day, [0-9.,]+ (bytes|kB) in [0-9,]+ tiles with one an hour, [0-9.,]+ kB in [0-9,]+"
                        + " tiles with one in every hop \\(1m\\)")
                .doesNotContain("warning");
        var large = plan(
                head + "  - {name: f, aggregate: count_distinct, column: items, windows: [1h, 12h, 30d, 365d]}\n",
                ENTITY,
                SOURCE);
        assertThat(note(large)).contains("; warning: ", "365 tiles of 1d × 8.0 kB", "longer hops");
        assertThat(note(plan(PLAIN, ENTITY, SOURCE))).doesNotContain("online");
    }

    @Test
    void W8_aViewsWindowsAndStatesAreBounded() {
        var windows = new StringBuilder(VIEW.substring(0, VIEW.indexOf("  - ")));
        for (int i = 0; i < 51; i++) {
            windows.append("  - {name: f%s, aggregate: count, window: %sh}\n".formatted(i, i + 12));
        }
        assertThatThrownBy(() -> plan(windows.toString(), ENTITY, SOURCE)).hasMessageContaining("51 different windows");
        var states = new StringBuilder(VIEW.substring(0, VIEW.indexOf("  - ")));
        for (int i = 0; i < 201; i++) {
            states.append("  - {name: f%s, aggregate: count, where: \"items > %s\", window: 1h}\n".formatted(i, i));
        }
        assertThatThrownBy(() -> plan(states.toString(), ENTITY, SOURCE)).hasMessageContaining("201 states");
    }

    private static String note(Plan plan) {
        return plan.changes().stream()
                .filter(change -> change.kind() == DefinitionKind.FEATURE_VIEW)
                .findFirst()
                .flatMap(Plan.Change::note)
                .orElse("");
    }

    @Test
    void W6_keysAndValuesAreListedTogetherUnderTheNameAsWritten() {
        apply(ENTITY, SOURCE, VIEW);

        assertThat(columns("features: [\"spend:by_category\", \"spend:total_1h\"]"))
                .containsExactly("spend__by_category_keys", "spend__by_category_values", "spend__total_1h");
        assertThat(columns("features: [\"spend:*\"]")).hasSize(7);
        assertThat(columns("features: [{view: spend, as: payee, features: [by_category]}]"))
                .containsExactly("payee__by_category_keys", "payee__by_category_values");
        assertThatThrownBy(() -> columns("features: [\"spend:by_category_keys\"]"))
                .hasMessageContaining("as a part of 'by_category'");
        assertThatThrownBy(() -> columns("features: [\"spend:by_categry\"]"))
                .isInstanceOfSatisfying(
                        AsofException.class,
                        e -> assertThat(e.violations().getFirst().suggestions()).contains("by_category"));
    }

    private List<String> columns(String service) {
        var plan = plan("kind: feature_service\nname: model\n" + service + "\n");
        return plan.changes().getFirst().step() instanceof Step.AddService added
                ? added.selection().columns().stream()
                        .map(FeatureSelection.Column::name)
                        .toList()
                : List.of();
    }

    private RegisteredView view(String name, int version) {
        return Objects.requireNonNull(
                catalog().liveVersions(new FeatureViewName(name)).get(version));
    }

    private Catalog catalog() {
        var catalog = new CatalogAssembly(Map.of()).assemble(1, rows, List.of());
        assertThat(catalog.isWhole()).isTrue();
        return catalog;
    }

    private Plan plan(String... documents) {
        return Planner.plan(catalog(), BundleReader.read(String.join("---\n", documents)), false, Instant.EPOCH);
    }

    private Plan apply(String... documents) {
        var plan = plan(documents);
        for (var change : plan.changes()) {
            switch (change.step()) {
                case Step.AddEntity entity -> add(change, entity.hash(), entity.definition(), StoredMeaning.NOTHING);
                case Step.AddSource source -> add(change, source.hash(), source.definition(), StoredMeaning.NOTHING);
                case Step.AddView view ->
                    add(change, view.hash(), view.definition(), StoredMeaning.of(view.resolved()));
                case Step.AddOnDemandView view ->
                    add(change, view.hash(), view.definition(), StoredMeaning.of(view.inputs(), view.features()));
                case Step.AddService service ->
                    add(change, service.hash(), service.definition(), StoredMeaning.of(service.selection()));
                case Step.Nothing _ -> {}
                case Step.Rewrite _, Step.Delete _ -> throw new AssertionError(change);
            }
        }
        return plan;
    }

    private void add(Plan.Change change, String hash, Definition definition, Json resolved) {
        boolean breaks = change.effect().filter(Effect.BREAKING::equals).isPresent();
        @Nullable
        Integer current = rows.stream()
                .filter(row -> row.name().equals(change.name()) && breaks)
                .map(CatalogAssembly.Row::currentVersion)
                .findFirst()
                .orElse(change.version());
        rows.replaceAll(row -> row.name().equals(change.name()) ? withCurrent(row, current) : row);
        rows.add(new CatalogAssembly.Row(
                ++ids,
                change.kind().yamlName(),
                change.name(),
                change.version(),
                "ready",
                hash,
                breaks,
                StoredFormat.NEWEST,
                StoredFormat.write(definition),
                resolved,
                Instant.EPOCH,
                true,
                current));
    }

    private static CatalogAssembly.Row withCurrent(CatalogAssembly.Row row, @Nullable Integer current) {
        return new CatalogAssembly.Row(
                row.id(),
                row.kind(),
                row.name(),
                row.version(),
                row.state(),
                row.hash(),
                row.breaking(),
                row.format(),
                row.spec(),
                row.resolved(),
                row.createdAt(),
                true,
                current);
    }
}
