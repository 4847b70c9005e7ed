package dev.asof.registry.catalog;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.StoredFormatReader.UnreadableException;
import dev.asof.transform.ExpressionCompiler;
import dev.asof.transform.ExpressionException;
import java.util.List;
import java.util.Optional;

/** Whether this server can compute a view version that it can read: another server registered it. */
final class Computability {

    private Computability() {}

    /** @throws UnreadableException when it can't */
    static void require(RegisteredView view, SourceDefinition source) {
        if (view.evaluator() > ExpressionCompiler.EVALUATOR_VERSION) {
            throw new UnreadableException("its expressions are evaluated by evaluator %s".formatted(view.evaluator()));
        }
        view.keys().forEach(key -> requireColumn(source, key.sourceColumn()));
        var inputs = source.columns().stream()
                .map(column -> new ExpressionCompiler.Input(column.name(), column.type()))
                .toList();
        view.features().forEach(feature -> require(feature, source, inputs));
    }

    private static void require(
            RegisteredView.Feature feature, SourceDefinition source, List<ExpressionCompiler.Input> inputs) {
        switch (feature.definition()) {
            case ColumnFeature column -> requireColumn(source, column.column());
            case ExpressionFeature expression -> {
                try {
                    ExpressionCompiler.compile(expression.expression(), inputs, Optional.of(feature.type()));
                } catch (ExpressionException e) {
                    throw new UnreadableException("the expression of its feature '%s' is not understood: %s"
                            .formatted(feature.name(), e.getMessage()));
                }
            }
            case AggregateFeature _ -> throw new IllegalStateException("Aggregates are refused when they are read");
        }
    }

    private static void requireColumn(SourceDefinition source, String column) {
        if (source.indexOf(column) < 0) {
            throw new UnreadableException("the column '%s' of '%s' is not known".formatted(column, source.name()));
        }
    }
}
