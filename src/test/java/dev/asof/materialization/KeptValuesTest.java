package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.LogRow;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.RegisteredView.Key;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.QuantileBucket;
import dev.asof.transform.window.ShortText;
import dev.asof.transform.window.ValueHash;
import dev.asof.transform.window.Window;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What rows keep for aggregates (rules W2, W4 and W6). */
class KeptValuesTest {

    private static final Instant AT = Instant.parse("2026-11-29T00:00:00Z");
    private static final List<SourceColumn> COLUMNS = List.of(
            SourceColumn.of("at", ScalarType.TIMESTAMP),
            SourceColumn.of("card", ScalarType.STRING),
            SourceColumn.of("id", ScalarType.INT64),
            SourceColumn.of("amount", ScalarType.FLOAT64),
            SourceColumn.of("parts", ScalarType.INT64),
            SourceColumn.of("shop", ScalarType.STRING),
            SourceColumn.of("gone", ScalarType.BOOLEAN));

    private final Counter errors = new SimpleMeterRegistry().counter("errors");

    @Test
    void W2_aNullWhereIsFalseAndSkipsTheRow() {
        var program = program(List.of(), aggregate("n", AggregateFunction.COUNT, null, null, "amount > 10.0"));

        assertThat(kept(program, 20.0, 1L, "a")).containsExactly(true);
        assertThat(kept(program, 5.0, 1L, "a")).containsExactly((Object) null);
        assertThat(kept(program, null, 1L, "a")).containsExactly((Object) null);
        assertThat(errors.count()).isZero();
    }

    @Test
    void W2_aCountOfAColumnCountsItsNonNullValues() {
        var program = program(List.of(), aggregate("n", AggregateFunction.COUNT, "amount", null, null));

        assertThat(kept(program, 20.0, 1L, "a")).containsExactly(true);
        assertThat(kept(program, null, 1L, "a")).containsExactly((Object) null);
    }

    @Test
    void W2_anInputThatFailsSkipsTheRowAndIsCountedOnce() {
        var program = program(
                List.of(),
                aggregate("total", AggregateFunction.SUM, null, "amount / parts", null),
                aggregate("greatest", AggregateFunction.MAX, null, "amount / parts", null),
                aggregate("some", AggregateFunction.SUM, null, "amount / parts", "parts != 0"));

        assertThat(kept(program, 6.0, 3L, "a")).containsExactly(2.0, 2.0);
        assertThat(errors.count()).isZero();
        assertThat(kept(program, 6.0, 0L, "a")).containsExactly(null, null);
        assertThat(errors.count()).isEqualTo(1);
    }

    /** The condition is there to keep it from failing. */
    @Test
    void W2_anInputIsNotComputedWhereTheConditionDoesNotHold() {
        var program =
                program(List.of(), aggregate("some", AggregateFunction.SUM, null, "amount / parts", "parts != 0"));

        assertThat(kept(program, 6.0, 0L, "a")).containsExactly((Object) null);
        assertThat(errors.count()).isZero();
    }

    @Test
    void W2_aWhereThatFailsSkipsTheRowAndIsCounted() {
        var program = program(
                List.of(),
                aggregate("n", AggregateFunction.COUNT, null, null, "amount / parts > 1.0"),
                aggregate("total", AggregateFunction.SUM, "amount", null, "amount / parts > 1.0"));

        assertThat(kept(program, 6.0, 0L, "a")).containsExactly(null, null);
        assertThat(errors.count()).isEqualTo(1);
    }

    @Test
    void W2_lastValuesKeepNullsOfRowsThatCountAndNoneThatFailed() {
        var program = program(List.of(), lastValues("last", "amount / parts", "shop == 'a'"));

        assertThat(kept(program, null, 3L, "a")).containsExactly(true, null);
        assertThat(kept(program, 6.0, 3L, "a")).containsExactly(true, 2.0);
        assertThat(kept(program, 6.0, 0L, "a")).containsExactly(null, null);
        assertThat(kept(program, 6.0, 3L, "b")).containsExactly(null, null);
    }

    @Test
    void W3_hashesAndBucketsAreKeptInPlaceOfValues() {
        var program = program(
                List.of(),
                aggregate("shops", AggregateFunction.COUNT_DISTINCT, "shop", null, null),
                quantile("median", "amount"));

        assertThat(kept(program, 6.5, 1L, "a")).containsExactly(ValueHash.of("a"), QuantileBucket.of(6.5));
        assertThat(kept(program, Double.NaN, 1L, null)).containsExactly(null, null);
    }

    @Test
    void W6_bucketsGoByTheFirstBytesOfATextAndTheirHash() {
        var program = program(List.of(), byShop("per_shop"));
        String text = "é".repeat(200);

        assertThat(kept(program, 6.5, 1L, text)).containsExactly(ShortText.of(text), ValueHash.of(ShortText.of(text)));
        assertThat(kept(program, 6.5, 1L, null)).containsExactly(null, null);
    }

    @Test
    void W4_aRowKeepsItsIdAndStaysThoughItHasNoKey() {
        var rowId = List.of(new Key("id", ScalarType.INT64, "id"));
        var program = program(rowId, aggregate("total", AggregateFunction.SUM, "amount", null, null));

        FeatureRow keyed = Objects.requireNonNull(program.apply(row("card", 7L, 6.0, 1L, "a", false)));
        assertThat(keyed.kept()).containsExactly(6.0, 7L);

        FeatureRow keyless = Objects.requireNonNull(program.apply(row(null, 7L, 6.0, 1L, "a", false)));
        assertThat(keyless.entity()).isEmpty();
        assertThat(keyless.kept()).containsExactly(null, 7L);
        assertThat(program.apply(row(null, null, 6.0, 1L, "a", false))).isNull();
    }

    @Test
    void W4_aTombstoneKeepsTheIdItTakesBack() {
        var rowId = List.of(new Key("id", ScalarType.INT64, "id"));
        var program = program(rowId, aggregate("total", AggregateFunction.SUM, "amount", null, null));

        FeatureRow tombstone = Objects.requireNonNull(program.apply(row("card", 7L, 6.0, 1L, "a", true)));
        assertThat(tombstone.deleted()).isTrue();
        assertThat(tombstone.kept()).containsExactly(null, 7L);
    }

    @Test
    void W4_withoutARowIdARowWithoutAKeyIsNothing() {
        var program = program(List.of(), aggregate("total", AggregateFunction.SUM, "amount", null, null));

        assertThat(program.apply(row(null, 7L, 6.0, 1L, "a", false))).isNull();
    }

    private @Nullable Object[] kept(RowProgram program, @Nullable Double amount, Long parts, @Nullable String shop) {
        return Objects.requireNonNull(program.apply(row("card", 7L, amount, parts, shop, false)))
                .kept();
    }

    private static LogRow row(
            @Nullable String card,
            @Nullable Long id,
            @Nullable Double amount,
            Long parts,
            @Nullable String shop,
            boolean gone) {
        return new LogRow(new BatchId(1), 1, AT, new @Nullable Object[] {AT, card, id, amount, parts, shop, gone});
    }

    private static Feature aggregate(
            String name,
            AggregateFunction function,
            @Nullable String column,
            @Nullable String expression,
            @Nullable String where) {
        Optional<ScalarType> input = column == null && expression == null
                ? Optional.empty()
                : Optional.of("shop".equals(column) ? ScalarType.STRING : ScalarType.FLOAT64);
        return feature(name, function, column, expression, where, OptionalInt.empty(), OptionalDouble.empty(), input);
    }

    private static Feature lastValues(String name, String expression, String where) {
        return feature(
                name,
                AggregateFunction.LAST_N,
                null,
                expression,
                where,
                OptionalInt.of(3),
                OptionalDouble.empty(),
                Optional.of(ScalarType.FLOAT64));
    }

    private static Feature quantile(String name, String column) {
        return feature(
                name,
                AggregateFunction.APPROX_QUANTILE,
                column,
                null,
                null,
                OptionalInt.empty(),
                OptionalDouble.of(0.5),
                Optional.of(ScalarType.FLOAT64));
    }

    private static Feature feature(
            String name,
            AggregateFunction function,
            @Nullable String column,
            @Nullable String expression,
            @Nullable String where,
            OptionalInt size,
            OptionalDouble quantile,
            Optional<ScalarType> input) {
        var definition = new AggregateFeature(
                name,
                function,
                Optional.ofNullable(column),
                Optional.ofNullable(expression),
                Optional.ofNullable(where),
                Window.of(3_600_000_000L, 60_000_000L),
                size,
                quantile,
                Optional.empty(),
                Optional.empty());
        return new Feature(name, ScalarType.FLOAT64, definition, input);
    }

    private static Feature[] byShop(String name) {
        var definition = new AggregateFeature(
                name,
                AggregateFunction.COUNT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Window.of(3_600_000_000L, 60_000_000L),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                Optional.of(new FeatureDefinition.Bucketing("shop", 10)),
                Optional.empty());
        return new Feature[] {
            new Feature(name + AggregateFeature.KEYS, ListType.of(ScalarType.STRING), definition, Optional.empty()),
            new Feature(name + AggregateFeature.VALUES, ListType.of(ScalarType.INT64), definition, Optional.empty())
        };
    }

    private RowProgram program(List<Key> rowId, Feature... features) {
        var name = new FeatureViewName("kept");
        var source = new SourceDefinition(
                new SourceName("payments"),
                COLUMNS,
                "at",
                Optional.empty(),
                Optional.empty(),
                Optional.of("gone"),
                rowId.stream().map(Key::sourceColumn).toList(),
                List.of(),
                List.of(),
                0.05,
                SourceDefinition.DEFAULT_MAX_FUTURE_SKEW,
                Metadata.NONE);
        var definitions = new ArrayList<FeatureDefinition>();
        Arrays.stream(features).map(Feature::definition).distinct().forEach(definitions::add);
        var view = new RegisteredView(
                1,
                new ViewVersion(name, 1),
                VersionState.READY,
                "hash",
                1,
                false,
                List.of(new Key("card", ScalarType.STRING, "card")),
                List.of(features),
                new FeatureViewDefinition(
                        name, List.of(), source.name(), Optional.empty(), definitions, 1, Metadata.NONE),
                AT,
                rowId);
        return RowProgram.compile(view, new RegisteredSource(1, source), errors);
    }
}
