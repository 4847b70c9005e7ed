package dev.asof.registry.catalog;

import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.FeatureDefinition.ColumnFeature;
import dev.asof.registry.FeatureDefinition.ExpressionFeature;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.catalog.StoredFormatReader.UnreadableException;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
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
        view.rowId().forEach(column -> requireColumn(source, column.sourceColumn()));
        var inputs = source.columns().stream()
                .map(column -> new ExpressionCompiler.Input(column.name(), column.type()))
                .toList();
        view.features().forEach(feature -> require(feature, source, inputs));
    }

    private static void require(
            RegisteredView.Feature feature, SourceDefinition source, List<ExpressionCompiler.Input> inputs) {
        switch (feature.definition()) {
            case ColumnFeature column -> requireColumn(source, column.column());
            case ExpressionFeature expression ->
                requireExpression(expression.expression(), feature.type(), feature, inputs);
            case AggregateFeature aggregate -> {
                aggregate.column().ifPresent(column -> requireColumn(source, column));
                aggregate.by().ifPresent(by -> requireColumn(source, by.column()));
                aggregate
                        .expression()
                        .ifPresent(
                                text -> requireExpression(text, feature.input().orElseThrow(), feature, inputs));
                aggregate.where().ifPresent(text -> requireExpression(text, ScalarType.BOOLEAN, feature, inputs));
            }
        }
    }

    private static void requireExpression(
            String expression, ValueType type, RegisteredView.Feature feature, List<ExpressionCompiler.Input> inputs) {
        try {
            ExpressionCompiler.compile(expression, inputs, Optional.of(type));
        } catch (ExpressionException e) {
            throw new UnreadableException("an expression of its feature '%s' is not understood: %s"
                    .formatted(feature.name(), e.getMessage()));
        }
    }

    private static void requireColumn(SourceDefinition source, String column) {
        if (source.indexOf(column) < 0) {
            throw new UnreadableException("the column '%s' of '%s' is not known".formatted(column, source.name()));
        }
    }
}
