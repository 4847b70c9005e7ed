package dev.asof.transform.window;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.util.Optional;

/**
 * An aggregate function over values of a type: what it keeps, and what it answers.
 *
 * @param input the type of its values; empty for a count of rows
 * @param size how many values a list answers; 0 for others
 * @param quantile between 0 and 1; 0 for others
 * @param by the type of the values of which each has an aggregate of its own, and how many are answered; empty without
 */
public record Aggregate(
        AggregateFunction function, Optional<ScalarType> input, int size, double quantile, Optional<By> by) {

    /** An aggregate for each value of a column (rule W6). */
    public record By(ScalarType type, int maxKeys) {}

    /** The type of one answer: of a bucketed aggregate, of each value. */
    public ValueType resultType() {
        return switch (function) {
            case COUNT, COUNT_DISTINCT -> ScalarType.INT64;
            case SUM -> isInteger(type()) ? ScalarType.INT64 : ScalarType.FLOAT64;
            case AVG, STDDEV, STDDEV_POP, VARIANCE, VARIANCE_POP, APPROX_QUANTILE -> ScalarType.FLOAT64;
            case MIN, MAX, FIRST, LAST -> type();
            case LAST_N, DISTINCT_N, TOP_K -> ListType.of(type());
        };
    }

    /** What is kept for it. */
    public StateKind kind() {
        StateKind each = switch (function) {
            case COUNT -> new StateKind.Count();
            case SUM, AVG -> isInteger(type()) ? new StateKind.IntegerSum() : new StateKind.FloatSum();
            case MIN, MAX -> new StateKind.Extreme(function == AggregateFunction.MAX, type());
            case FIRST, LAST -> new StateKind.Edge(function == AggregateFunction.LAST, type());
            case STDDEV, STDDEV_POP, VARIANCE, VARIANCE_POP -> new StateKind.Moments();
            case COUNT_DISTINCT -> new StateKind.DistinctHashes();
            case APPROX_QUANTILE -> new StateKind.QuantileBuckets();
            case LAST_N -> new StateKind.LastValues(size, type());
            case DISTINCT_N -> new StateKind.LastDistinct(size, type());
            case TOP_K -> new StateKind.Frequencies(size, type());
        };
        return by.<StateKind>map(each2 -> new StateKind.Buckets(each, each2.maxKeys(), each2.type()))
                .orElse(each);
    }

    private ScalarType type() {
        return input.orElseThrow();
    }

    private static boolean isInteger(ScalarType type) {
        return type == ScalarType.INT32 || type == ScalarType.INT64;
    }
}
