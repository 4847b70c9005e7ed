package dev.asof.registry.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.Bucketing;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.shared.Violation;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Aggregates as they are written: what a line stands for, and every way to get one wrong. */
class AggregateReaderTest {

    private static final String VIEW = "kind: feature_view\nname: v\nentities: [card]\nsource: s\n";
    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    @Test
    void W1_aLineIsAFeatureForEachWindowNamedByTheTextAsWritten() {
        assertThat(features("{name: s, aggregate: sum, column: a, windows: [10m, 24h, 1d, 30d, unbounded]}"))
                .extracting(AggregateFeature::name, AggregateFeature::window)
                .containsExactly(
                        tuple("s_10m", Window.of(10 * MINUTE, MINUTE)),
                        tuple("s_24h", Window.of(DAY, HOUR)),
                        tuple("s_1d", Window.of(DAY, HOUR)),
                        tuple("s_30d", Window.of(30 * DAY, DAY)),
                        tuple("s_unbounded", Window.of(Window.UNBOUNDED, DAY)));
        assertThat(features("{name: s, aggregate: sum, column: a, windows: [1h]}"))
                .extracting(AggregateFeature::name)
                .containsExactly("s_1h");
        assertThat(features("{name: s, aggregate: sum, column: a, window: 1h}"))
                .extracting(AggregateFeature::name)
                .containsExactly("s");
    }

    @Test
    void W3_severalQuantilesAreFeaturesNamedByTheirPercent() {
        assertThat(features("{name: d, aggregate: approx_quantile, column: a, windows: [1h, 1d], quantiles: [0.5,"
                        + " 0.999, 1, 0.0001]}"))
                .extracting(AggregateFeature::name, AggregateFeature::quantile)
                .startsWith(
                        tuple("d_p50_1h", OptionalDouble.of(0.5)),
                        tuple("d_p50_1d", OptionalDouble.of(0.5)),
                        tuple("d_p99_9_1h", OptionalDouble.of(0.999)))
                .extracting(name -> name.toList().getFirst())
                .endsWith("d_p100_1d", "d_p0_01_1h", "d_p0_01_1d");
        assertThat(features("{name: d, aggregate: approx_quantile, column: a, window: 1h, quantile: 0.5}"))
                .extracting(AggregateFeature::name)
                .containsExactly("d");
    }

    @ParameterizedTest
    @CsvSource({
        "1m, 60",
        "2h, 60",
        "7201s, 300",
        "PT11H59M, 300",
        "12h, 3600",
        "287h, 3600",
        "12d, 86400",
        "365d, 86400"
    })
    void W1_theDefaultHopGoesByTheWindow(String window, long seconds) {
        assertThat(features("{name: c, aggregate: count, window: %s}".formatted(window)))
                .extracting(feature -> feature.window().hop())
                .containsExactly(seconds * SECOND);
    }

    @Test
    void W1_theHopIsTheFeaturesElseTheViewsElseTheDefault() {
        var view = view(VIEW + """
            hop: 5m
            features:
              - {name: a, aggregate: count, window: 30d}
              - {name: b, aggregate: count, window: 30d, hop: 15m}
              - {name: c, aggregate: count, window: unbounded}
              - {name: e, aggregate: count, series: {step: 1h, count: 24}}
            """);

        assertThat(view.features())
                .extracting(feature -> ((AggregateFeature) feature).window())
                .containsExactly(
                        Window.of(30 * DAY, 5 * MINUTE),
                        Window.of(30 * DAY, 15 * MINUTE),
                        Window.of(Window.UNBOUNDED, DAY),
                        new Window(DAY, HOUR, 0, 24));
    }

    @Test
    void W5_offsetsAndSeriesAreReadWithTheStepAsTheHop() {
        assertThat(features("{name: c, aggregate: count, window: 7d, offset: 7d}"))
                .extracting(AggregateFeature::window)
                .containsExactly(new Window(7 * DAY, HOUR, 7 * DAY, 1));
        assertThat(features("{name: c, aggregate: count, series: {step: 1h, count: 24}, offset: 2h}"))
                .extracting(AggregateFeature::window)
                .containsExactly(new Window(DAY, HOUR, 2 * HOUR, 24));
    }

    @Test
    void W6_theDefaultOfMaxKeysIsAHundred() {
        assertThat(features("{name: c, aggregate: count, window: 7d, by: category}"))
                .extracting(AggregateFeature::by)
                .containsExactly(Optional.of(new Bucketing("category", 100)));
        assertThat(features("{name: c, aggregate: count, window: 7d, by: category, max_keys: 5}")
                        .getFirst()
                        .featureNames())
                .containsExactly("c_keys", "c_values");
    }

    @Test
    void everyFunctionIsReadByItsName() {
        for (AggregateFunction function : AggregateFunction.values()) {
            String more = function.isSized()
                    ? ", n: 3"
                    : function == AggregateFunction.APPROX_QUANTILE ? ", quantile: 0.5" : "";
            assertThat(features("{name: f, aggregate: %s, expression: ' a + 1 ', where: ' a > 0 ', window: 1h%s}"
                            .formatted(function.text(), more)))
                    .singleElement()
                    .satisfies(feature -> {
                        assertThat(feature.function()).isEqualTo(function);
                        assertThat(feature.expression()).contains("a + 1");
                        assertThat(feature.where()).contains("a > 0");
                    });
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void everyMistakeHasItsPathAndSaysWhatToDo(String feature, String code, String field, String said) {
        var violations = read("features:\n- {name: ok, column: a}\n- {name: f, " + feature + "}\n");

        String path = "feature_views.v.features[1]" + (field.isEmpty() ? "" : "." + field);
        assertThat(violations).as("%s", violations).singleElement().satisfies(violation -> {
            assertThat(violation.code()).isEqualTo(code);
            assertThat(violation.path()).isEqualTo(path);
            assertThat(violation.line()).isEqualTo(7);
            assertThat(violation.message() + violation.suggestions()).contains(said);
        });
    }

    static Stream<Arguments> everyMistakeHasItsPathAndSaysWhatToDo() {
        return Stream.of(functions(), windows(), options()).flatMap(cases -> cases);
    }

    private static Stream<Arguments> functions() {
        return Stream.of(
                Arguments.of("aggregate: summ, column: a, window: 1h", "unknown_function", "aggregate", "[sum]"),
                Arguments.of("aggregate: SUM, column: a, window: 1h", "unknown_function", "aggregate", "[sum]"),
                Arguments.of("aggregate: mean, column: a, window: 1h", "unknown_function", "aggregate", "[avg"),
                Arguments.of(
                        "aggregate: first_n, column: a, window: 1h, n: 3",
                        "unknown_function",
                        "aggregate",
                        "only the last values are kept"),
                Arguments.of(
                        "aggregate: mode, column: a, window: 1h", "unknown_function", "aggregate", "top_k with n: 1"),
                Arguments.of("aggregate: [sum], column: a, window: 1h", "wrong_type", "aggregate", "a list"),
                Arguments.of("aggregate: sum, window: 1h", "missing_field", "", "a column or an expression"),
                Arguments.of(
                        "aggregate: sum, column: a, expression: b, window: 1h",
                        "conflicting_fields",
                        "expression",
                        "give one"),
                Arguments.of("aggregate: sum, expression: ' ', window: 1h", "missing_field", "expression", "empty"),
                Arguments.of("aggregate: sum, column: a, where: '', window: 1h", "missing_field", "where", "empty"),
                Arguments.of("aggregate: sum, column: a, where: 5, window: 1h", "wrong_type", "where", "quotes"),
                Arguments.of("aggregate: sum, column: 5, window: 1h", "wrong_type", "column", "quotes"),
                Arguments.of(
                        "aggregate: sum, column: a, type: INT32, window: 1h",
                        "conflicting_fields",
                        "type",
                        "follows from its function"),
                Arguments.of(
                        "aggregate: last_n, n: 3, column: a, length: 3, window: 1h",
                        "conflicting_fields",
                        "length",
                        "leave 'length' out"),
                Arguments.of("column: a, window: 1h", "conflicting_fields", "window", "belongs to aggregates"),
                Arguments.of("column: a, max_keys: 5", "conflicting_fields", "max_keys", "belongs to aggregates"),
                Arguments.of("aggregate: sum, column: a, windw: 1h, window: 1h", "unknown_field", "windw", "[window"));
    }

    private static Stream<Arguments> windows() {
        String sum = "aggregate: sum, column: a, ";
        return Stream.of(
                Arguments.of("aggregate: sum, column: a", "missing_field", "", "exactly one of window"),
                Arguments.of(sum + "window: 1h, windows: [1h]", "conflicting_fields", "windows", "window and windows"),
                Arguments.of(
                        sum + "window: 1h, series: {step: 1h, count: 3}",
                        "conflicting_fields",
                        "series",
                        "window and series"),
                Arguments.of(sum + "window: 0s", "bad_duration", "window", "above zero"),
                Arguments.of(sum + "window: 36526d", "bad_duration", "window", "100 years"),
                Arguments.of(sum + "window: forever", "bad_duration", "window", "'forever'"),
                Arguments.of(sum + "window: 30s", "window_shorter_than_hop", "window", "hop: 10s"),
                Arguments.of(sum + "window: 59m, hop: 1h", "window_shorter_than_hop", "window", "hop: 15m"),
                Arguments.of(sum + "windows: [1h, 30s]", "window_shorter_than_hop", "windows", "30s"),
                Arguments.of(sum + "windows: []", "missing_field", "windows", "[1h, 24h]"),
                Arguments.of(sum + "windows: 1h", "wrong_type", "windows", "a list"),
                Arguments.of(sum + "windows: [PT1H]", "bad_duration", "windows[0]", "'PT1H'"),
                Arguments.of(sum + "windows: [1h, 1h]", "duplicate_window", "windows[1]", "twice"),
                Arguments.of(sum + "windows: [99999999d]", "bad_duration", "windows[0]", "100 years"),
                Arguments.of(sum + "windows: [5]", "bad_duration", "windows[0]", "the number 5"),
                Arguments.of(sum + "window: 1h, hop: 7m", "bad_hop", "hop", "5m"),
                Arguments.of(sum + "window: 1h, hop: PT0.5S", "bad_hop", "hop", "a second or more"),
                Arguments.of(sum + "window: 90d, hop: 3d", "bad_hop", "hop", "8d"),
                Arguments.of(sum + "window: unbounded, hop: 1h", "conflicting_fields", "hop", "leave it out"),
                Arguments.of(sum + "window: 7d, offset: 90m", "bad_offset", "offset", "hop: 15m"),
                Arguments.of(sum + "window: 7d, offset: 0s", "bad_duration", "offset", "above zero"),
                Arguments.of(
                        sum + "window: unbounded, offset: 1h", "conflicting_fields", "offset", "leave the offset out"),
                Arguments.of(sum + "series: {step: 1h}", "missing_field", "series.count", "count"),
                Arguments.of(sum + "series: {count: 3}", "missing_field", "series.step", "step"),
                Arguments.of(sum + "series: {step: 1h, count: 1}", "wrong_type", "series.count", "from 2"),
                Arguments.of(sum + "series: {step: 1h, count: 1001}", "wrong_type", "series.count", "to 1000"),
                Arguments.of(sum + "series: {step: 7m, count: 3}", "bad_hop", "series", "hop: 1m"),
                Arguments.of(sum + "series: {step: 1h, count: 3}, hop: 1d", "bad_hop", "series", "no multiple"),
                Arguments.of(sum + "series: {step: 36525d, count: 3}", "bad_duration", "series", "100 years"),
                Arguments.of(sum + "window: 30d, hop: 1s", "too_many_tiles", "window", "longer hop"),
                Arguments.of(sum + "windows: [1h, 30d], hop: 1s", "too_many_tiles", "windows", "30d"),
                Arguments.of(sum + "series: {step: 1h, count: 500}", "too_many_tiles", "series", "fewer steps"),
                Arguments.of(sum + "series: 24", "wrong_type", "series", "step, count"));
    }

    private static Stream<Arguments> options() {
        String lastN = "aggregate: last_n, column: a, window: 1h";
        String quantile = "aggregate: approx_quantile, column: a, window: 1h";
        String count = "aggregate: count, window: 1h";
        return Stream.of(
                Arguments.of(lastN, "missing_field", "n", "from 1 to"),
                Arguments.of(lastN + ", k: 3", "unknown_field", "k", "[n]"),
                Arguments.of(lastN + ", n: 0", "wrong_type", "n", "from 1 to"),
                Arguments.of(lastN + ", n: 1001", "wrong_type", "n", "to 1000"),
                Arguments.of(lastN + ", n: 2.5", "wrong_type", "n", "2.5"),
                Arguments.of(count + ", n: 3", "conflicting_fields", "n", "not to count"),
                Arguments.of(quantile, "missing_field", "quantile", "[0.5, 0.95]"),
                Arguments.of(quantile + ", quantile: 0", "bad_value", "quantile", "above 0"),
                Arguments.of(quantile + ", quantile: 1.1", "bad_value", "quantile", "up to 1"),
                Arguments.of(quantile + ", quantile: .nan", "bad_value", "quantile", "number"),
                Arguments.of(quantile + ", quantile: '0.5'", "bad_value", "quantile", "the text"),
                Arguments.of(quantile + ", quantiles: [0.5, 95]", "bad_value", "quantiles[1]", "up to 1"),
                Arguments.of(quantile + ", quantiles: []", "missing_field", "quantiles", "[0.5, 0.95]"),
                Arguments.of(quantile + ", quantiles: [0.5, 0.50]", "duplicate_quantile", "quantiles[1]", "twice"),
                Arguments.of(
                        quantile + ", quantile: 0.5, quantiles: [0.5]",
                        "conflicting_fields",
                        "quantiles",
                        "one 'quantile'"),
                Arguments.of(quantile + ", quantiles: [1.0e-60]", "invalid_name", "name", "would be the name"),
                Arguments.of(count + ", quantile: 0.5", "conflicting_fields", "quantile", "approx_quantile"),
                Arguments.of(lastN + ", n: 3, by: b", "conflicting_fields", "by", "count, sum"),
                Arguments.of(
                        "aggregate: count_distinct, column: a, window: 1h, by: b",
                        "conflicting_fields",
                        "by",
                        "can't be had"),
                Arguments.of(count + ", max_keys: 5", "conflicting_fields", "max_keys", "add 'by'"),
                Arguments.of(count + ", by: b, max_keys: 0", "wrong_type", "max_keys", "from 1 to"),
                Arguments.of(count + ", by: b, max_keys: 1001", "wrong_type", "max_keys", "to 1000"),
                Arguments.of(count + ", by: [b]", "wrong_type", "by", "a list"),
                Arguments.of(
                        "aggregate: count, by: b, series: {step: 1h, count: 3}",
                        "conflicting_fields",
                        "series",
                        "not both"),
                Arguments.of(
                        "aggregate: last_n, column: a, n: 3, series: {step: 1h, count: 3}",
                        "conflicting_fields",
                        "series",
                        "a list already"));
    }

    @Test
    void expandedNamesAreHeldToTheRuleOfNames() {
        String name = "a".repeat(47);
        assertThat(read("features:\n- {name: %s, aggregate: count, windows: [1h]}\n".formatted(name)))
                .isEmpty();
        assertThat(read("features:\n- {name: %s, aggregate: count, windows: [24h]}\n".formatted(name)))
                .extracting(Violation::path, Violation::code)
                .containsExactly(tuple("feature_views.v.features[0].name", "invalid_name"));
        assertThat(read("features:\n- {name: a_, aggregate: count, windows: [24h]}\n"))
                .extracting(Violation::code)
                .containsExactly("invalid_name");
        assertThat(read("features:\n- {name: %s, aggregate: count, window: 24h, by: b}\n".formatted(name)))
                .extracting(Violation::code)
                .containsExactly("invalid_name");
    }

    @Test
    void W8_aViewsAggregatesAreBoundedBeforeTheyAreMade() {
        String windows =
                IntStream.rangeClosed(1, 100).mapToObj(i -> i + "h").toList().toString();
        String quantiles = IntStream.rangeClosed(1, 90)
                .mapToObj(i -> String.format(Locale.ROOT, "0.%02d", i))
                .toList()
                .toString();
        String line = "- {name: f%s, aggregate: approx_quantile, column: a, windows: %s, quantiles: %s}\n";

        assertThat(read("features:\n" + line.formatted(0, windows, quantiles)))
                .extracting(Violation::path, Violation::code)
                .containsExactly(tuple("feature_views.v.features[0]", "too_many"));
        var many = new StringBuilder("features:\n");
        for (int i = 0; i < 6; i++) {
            many.append(line.formatted(i, windows, "[0.5]"));
        }
        assertThat(read(many.toString()))
                .extracting(Violation::path, Violation::code)
                .containsExactly(tuple("feature_views.v.features", "too_many"));
    }

    @Test
    void aHopOfAViewThatIsNoneIsToldOnce() {
        assertThat(read("hop: 7m\nfeatures:\n- {name: a, aggregate: count, window: 1h}\n"))
                .extracting(Violation::path, Violation::code)
                .containsExactly(tuple("feature_views.v.hop", "bad_hop"));
    }

    private static List<AggregateFeature> features(String line) {
        return view(VIEW + "features:\n- " + line + "\n").features().stream()
                .map(AggregateFeature.class::cast)
                .toList();
    }

    private static FeatureViewDefinition view(String text) {
        var bundle = BundleReader.read(text);
        assertThat(bundle.violations().shown()).as(text).isEmpty();
        return (FeatureViewDefinition) bundle.definitions().getFirst().definition();
    }

    private static List<Violation> read(String features) {
        return BundleReader.read(VIEW + features).violations().shown();
    }
}
