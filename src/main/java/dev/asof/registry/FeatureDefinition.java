package dev.asof.registry;

import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

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

    /**
     * An aggregate over a window of time (rules W1 to W6). Written with several windows or quantiles it is one of these for
     * each, by a name of its own.
     *
     * @param column what is aggregated; empty for an expression, or for a count of rows
     * @param expression what is aggregated; empty for a column, or for a count of rows
     * @param where a condition over the source row that must hold for it to count
     * @param window with its hop, written or by default
     * @param size how many values {@code last_n}, {@code distinct_n} and {@code top_k} answer
     * @param quantile of {@code approx_quantile}
     * @param by answers an aggregate for each value of a column
     */
    record AggregateFeature(
            String name,
            AggregateFunction function,
            Optional<String> column,
            Optional<String> expression,
            Optional<String> where,
            Window window,
            OptionalInt size,
            OptionalDouble quantile,
            Optional<Bucketing> by,
            Optional<String> description)
            implements FeatureDefinition {

        /** What is computed, in words. */
        public String computation() {
            return toString();
        }

        /** What a bucketed aggregate's features are called: its keys and its values, in the same order. */
        public static final String KEYS = "_keys";

        public static final String VALUES = "_values";
    }

    /**
     * @param column whose values have an aggregate each
     * @param maxKeys how many of them are answered
     */
    record Bucketing(String column, int maxKeys) {}
}
