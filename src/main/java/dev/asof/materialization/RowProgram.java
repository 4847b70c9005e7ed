package dev.asof.materialization;

import dev.asof.offline.LogRow;
import dev.asof.registry.FeatureDefinition;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.FeatureRow;
import dev.asof.transform.CompiledExpression;
import dev.asof.transform.EvaluationException;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import io.micrometer.core.instrument.Counter;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns a source row into its feature row, with what it keeps for aggregates, the same for a batch, a backfill and both stores.
 * Columns that are added to the source later come last in its rows, so a program stays good.
 */
final class RowProgram implements ViewProgram {

    private static final int[] NO_FAILURES = {};

    /** How one feature is computed. */
    private sealed interface Step {
        record Column(int position) implements Step {}

        record Expression(CompiledExpression program) implements Step {}
    }

    private final int[] keyColumns;
    private final int eventTimestampAt;
    private final int tombstoneAt;
    private final Step[] steps;
    private final KeptValues kept;
    private final Counter errors;

    private RowProgram(
            int[] keyColumns, int eventTimestampAt, int tombstoneAt, Step[] steps, KeptValues kept, Counter errors) {
        this.keyColumns = keyColumns;
        this.eventTimestampAt = eventTimestampAt;
        this.tombstoneAt = tombstoneAt;
        this.steps = steps;
        this.kept = kept;
        this.errors = errors;
    }

    /** @param errors counts expressions that failed */
    static RowProgram compile(RegisteredView view, RegisteredSource source, Counter errors) {
        SourceDefinition definition = source.definition();
        List<ExpressionCompiler.Input> inputs = source.columns().stream()
                .map(column -> new ExpressionCompiler.Input(column.name(), column.type()))
                .toList();
        return new RowProgram(
                view.keys().stream()
                        .mapToInt(key -> definition.indexOf(key.sourceColumn()))
                        .toArray(),
                definition.indexOf(definition.eventTimestamp()),
                definition.tombstone().map(definition::indexOf).orElse(-1),
                view.rowFeatures().stream()
                        .map(feature -> step(feature, definition, inputs))
                        .toArray(Step[]::new),
                KeptValues.compile(view.aggregates(), definition, inputs, errors),
                errors);
    }

    private static Step step(
            RegisteredView.Feature feature, SourceDefinition source, List<ExpressionCompiler.Input> inputs) {
        return switch (feature.definition()) {
            case FeatureDefinition.ColumnFeature column -> new Step.Column(source.indexOf(column.column()));
            case FeatureDefinition.ExpressionFeature expression -> {
                try {
                    yield new Step.Expression(
                            ExpressionCompiler.compile(expression.expression(), inputs, Optional.of(feature.type())));
                } catch (ExpressionException e) {
                    throw new IllegalStateException("Feature " + feature.name() + " was registered uncompiled", e);
                }
            }
            case FeatureDefinition.AggregateFeature _ ->
                throw new IllegalStateException("No feature of a row: " + feature.name());
        };
    }

    /**
     * The feature row, or null when a key is null and it replaces no other row: such a row describes no entity.
     */
    @Nullable
    FeatureRow apply(LogRow row) {
        @Nullable Object[] source = row.values();
        @Nullable Object[] keys = new @Nullable Object[keyColumns.length];
        boolean hasKey = true;
        for (int i = 0; i < keys.length; i++) {
            keys[i] = source[keyColumns[i]];
            hasKey &= keys[i] != null;
        }
        if (!hasKey && !kept.canReplace(source)) {
            return null;
        }
        boolean deleted = tombstoneAt >= 0 && Boolean.TRUE.equals(source[tombstoneAt]);
        @Nullable Object[] values = new @Nullable Object[steps.length];
        int[] failed = hasKey && !deleted ? compute(source, values) : NO_FAILURES;
        return new FeatureRow(
                keys,
                (Instant) Objects.requireNonNull(source[eventTimestampAt]),
                row.rowSequence(),
                deleted,
                values,
                failed,
                hasKey && !deleted ? kept.of(source) : kept.ofIdAlone(source));
    }

    /** Puts the values in their places; gives the positions of those that failed. */
    private int[] compute(@Nullable Object[] source, @Nullable Object[] values) {
        int[] failed = NO_FAILURES;
        for (int i = 0; i < steps.length; i++) {
            switch (steps[i]) {
                case Step.Column(int position) -> values[i] = source[position];
                case Step.Expression(var program) -> {
                    try {
                        values[i] = program.evaluate(source);
                    } catch (EvaluationException e) {
                        errors.increment();
                        failed = Arrays.copyOf(failed, failed.length + 1);
                        failed[failed.length - 1] = i;
                    }
                }
            }
        }
        return failed;
    }
}
