package dev.asof.registry;

import dev.asof.shared.Durations;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** One feature of a feature view, as written. */
public sealed interface FeatureDefinition {

    String name();

    Optional<String> description();

    /** What the features are called that a view version has by it: one of its name, unless it says otherwise. */
    default List<String> featureNames() {
        return List.of(name());
    }

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

        /** What a bucketed aggregate's features are called: its keys and its values, in the same order. */
        public static final String KEYS = "_keys";

        public static final String VALUES = "_values";

        /** How a window of all time is written. */
        public static final String UNBOUNDED = "unbounded";

        @Override
        public List<String> featureNames() {
            return by.isPresent() ? List.of(name + KEYS, name + VALUES) : List.of(name);
        }

        /** What is computed, without what it is called and what people say about it. */
        public AggregateFeature meaning() {
            return new AggregateFeature(
                    "", function, column, expression, where, window, size, quantile, by, Optional.empty());
        }

        /** What is computed, in words. */
        public String computation() {
            var words = new StringBuilder(function.text());
            size.ifPresent(n -> words.append(" (n ").append(n).append(')'));
            quantile.ifPresent(share -> words.append(' ').append(share));
            words.append(" of ")
                    .append(column.or(() -> expression.map(text -> '"' + text + '"'))
                            .orElse("rows"));
            by.ifPresent(
                    buckets -> words.append(" by %s (max_keys %s)".formatted(buckets.column(), buckets.maxKeys())));
            words.append(' ').append(time());
            where.ifPresent(condition -> words.append(", where ").append(condition));
            return words.toString();
        }

        private String time() {
            String reach = window.isUnbounded()
                    ? "over all time"
                    : window.steps() == 1
                            ? "over " + text(window.length())
                            : "in each of the last %s steps of %s"
                                    .formatted(window.steps(), text(window.length() / window.steps()));
            String hop = window.isUnbounded() ? "" : ", hop " + text(window.hop());
            return reach + hop + (window.offset() == 0 ? "" : ", moved back by " + text(window.offset()));
        }

        private static String text(long micros) {
            return Durations.format(Duration.of(micros, ChronoUnit.MICROS));
        }
    }

    /**
     * @param column whose values have an aggregate each
     * @param maxKeys how many of them are answered
     */
    record Bucketing(String column, int maxKeys) {}
}
