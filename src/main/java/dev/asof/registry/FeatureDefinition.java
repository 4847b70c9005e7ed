package dev.asof.registry;

import dev.asof.shared.ValueType;
import java.util.Optional;

/** One feature of a feature view, as written. */
public sealed interface FeatureDefinition {

    String name();

    Optional<String> description();

    /** The value of a source column. */
    record ColumnFeature(String name, String column, Optional<String> description) implements FeatureDefinition {}

    /**
     * The value of an expression over the source row.
     *
     * @param type the declared type, which the expression's must fit; empty to infer it
     */
    record ExpressionFeature(String name, String expression, Optional<ValueType> type, Optional<String> description)
            implements FeatureDefinition {}
}
