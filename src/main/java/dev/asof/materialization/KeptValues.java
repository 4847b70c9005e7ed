package dev.asof.materialization;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.CompiledExpression;
import dev.asof.transform.EvaluationException;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import dev.asof.transform.window.AggregateInput;
import io.micrometer.core.instrument.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes what a source row keeps for a view's aggregates: their inputs, each null where the row is skipped (rule W2), then the
 * values that tell rows apart (rule W4).
 */
final class KeptValues {

    private static final int NONE = -1;

    private static final @Nullable Object[] NOTHING = {};

    /** What an input is made from; each different one is there once. */
    private sealed interface Source {

        record Column(int position) implements Source {}

        record Expression(String text, CompiledExpression program) implements Source {}
    }

    /**
     * @param where the position of the source that must be true, or {@link #NONE}
     * @param value the position of the source that is kept, or {@link #NONE}
     */
    private record Kept(AggregateInput input, int where, int value) {}

    private final Source[] sources;
    private final Kept[] inputs;
    private final int[] rowId;
    private final Counter errors;

    private KeptValues(List<Source> sources, List<Kept> inputs, int[] rowId, Counter errors) {
        this.sources = sources.toArray(Source[]::new);
        this.inputs = inputs.toArray(Kept[]::new);
        this.rowId = rowId;
        this.errors = errors;
    }

    /**
     * @param aggregates empty for a view that has none: its rows keep nothing
     * @param errors counts expressions that failed, once a row
     */
    static KeptValues compile(
            Optional<ViewAggregates> aggregates,
            SourceDefinition source,
            List<ExpressionCompiler.Input> columns,
            Counter errors) {
        var sources = new ArrayList<Source>();
        var inputs = new ArrayList<Kept>();
        for (AggregateInput input : aggregates.map(ViewAggregates::inputs).orElse(List.of())) {
            int where = input.where()
                    .map(text -> expression(text, ScalarType.BOOLEAN, columns, sources))
                    .orElse(NONE);
            int value = input.expression()
                    .map(text -> expression(text, input.valueType().orElseThrow(), columns, sources))
                    .or(() -> input.column().map(column -> column(source.indexOf(column), sources)))
                    .orElse(NONE);
            inputs.add(new Kept(input, where, value));
        }
        int[] rowId = aggregates.map(ViewAggregates::rowId).orElse(List.of()).stream()
                .map(RegisteredView.Key::sourceColumn)
                .mapToInt(source::indexOf)
                .toArray();
        return new KeptValues(sources, inputs, rowId, errors);
    }

    private static int column(int position, List<Source> sources) {
        var column = new Source.Column(position);
        int before = sources.indexOf(column);
        if (before >= 0) {
            return before;
        }
        sources.add(column);
        return sources.size() - 1;
    }

    private static int expression(
            String text, ValueType type, List<ExpressionCompiler.Input> columns, List<Source> sources) {
        for (int i = 0; i < sources.size(); i++) {
            if (sources.get(i) instanceof Source.Expression same
                    && same.text().equals(text)
                    && same.program().type().equals(type)) {
                return i;
            }
        }
        try {
            sources.add(new Source.Expression(text, ExpressionCompiler.compile(text, columns, Optional.of(type))));
        } catch (ExpressionException e) {
            throw new IllegalStateException("An aggregate of '" + text + "' was registered uncompiled", e);
        }
        return sources.size() - 1;
    }

    /** Whether the row can take the place of others, so that it has to be kept though it has no key. */
    boolean canReplace(@Nullable Object[] source) {
        for (int column : rowId) {
            if (source[column] == null) {
                return false;
            }
        }
        return rowId.length > 0;
    }

    /** What a row keeps that counts nowhere, but may replace others. */
    @Nullable
    Object[] ofIdAlone(@Nullable Object[] source) {
        if (inputs.length + rowId.length == 0) {
            return NOTHING;
        }
        @Nullable Object[] kept = new @Nullable Object[inputs.length + rowId.length];
        for (int i = 0; i < rowId.length; i++) {
            kept[inputs.length + i] = source[rowId[i]];
        }
        return kept;
    }

    /** What a row keeps that counts. */
    @Nullable
    Object[] of(@Nullable Object[] source) {
        @Nullable Object[] kept = ofIdAlone(source);
        if (inputs.length > 0) {
            var evaluated = new Evaluated(source);
            for (int i = 0; i < inputs.length; i++) {
                kept[i] = evaluated.kept(inputs[i]);
            }
        }
        return kept;
    }

    /** What the sources are for a row, found out when first needed: a condition may be there to keep a value from failing. */
    private final class Evaluated {

        private final @Nullable Object[] row;
        private final @Nullable Object[] values = new @Nullable Object[sources.length];
        private final boolean[] known = new boolean[sources.length];
        private final boolean[] failed = new boolean[sources.length];

        private Evaluated(@Nullable Object[] row) {
            this.row = row;
        }

        @Nullable
        Object kept(Kept kept) {
            if (kept.where() != NONE && !Boolean.TRUE.equals(value(kept.where()))) {
                return null;
            }
            Object value = kept.value() == NONE ? null : value(kept.value());
            return kept.input().kept(kept.value() == NONE || !failed[kept.value()], value);
        }

        private @Nullable Object value(int source) {
            if (!known[source]) {
                known[source] = true;
                switch (sources[source]) {
                    case Source.Column(int position) -> values[source] = row[position];
                    case Source.Expression expression -> {
                        try {
                            values[source] = expression.program().evaluate(row);
                        } catch (EvaluationException e) {
                            errors.increment();
                            failed[source] = true;
                        }
                    }
                }
            }
            return values[source];
        }
    }
}
