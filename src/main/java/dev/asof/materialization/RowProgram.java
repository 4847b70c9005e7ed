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
 * Turns a source row into its feature row, the same for a batch, a backfill and both stores.
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
    private final Counter errors;

    private RowProgram(int[] keyColumns, int eventTimestampAt, int tombstoneAt, Step[] steps, Counter errors) {
        this.keyColumns = keyColumns;
        this.eventTimestampAt = eventTimestampAt;
        this.tombstoneAt = tombstoneAt;
        this.steps = steps;
        this.errors = errors;
    }

    /** @param errors counts features that failed */
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
                view.features().stream()
                        .map(feature -> step(feature, definition, inputs))
                        .toArray(Step[]::new),
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
                throw new IllegalStateException("Aggregates are refused when they are read");
        };
    }

    /** The feature row, or null when a key is null: such a row describes no entity. */
    @Nullable
    FeatureRow apply(LogRow row) {
        @Nullable Object[] source = row.values();
        Object[] keys = new Object[keyColumns.length];
        for (int i = 0; i < keys.length; i++) {
            Object key = source[keyColumns[i]];
            if (key == null) {
                return null;
            }
            keys[i] = key;
        }
        Instant eventTimestamp = (Instant) Objects.requireNonNull(source[eventTimestampAt]);
        if (tombstoneAt >= 0 && Boolean.TRUE.equals(source[tombstoneAt])) {
            return FeatureRow.tombstone(keys, eventTimestamp, row.rowSequence(), steps.length);
        }
        @Nullable Object[] values = new @Nullable Object[steps.length];
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
        return new FeatureRow(keys, eventTimestamp, row.rowSequence(), false, values, failed);
    }
}
