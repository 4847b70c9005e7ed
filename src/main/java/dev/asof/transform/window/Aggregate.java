package dev.asof.transform.window;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.util.List;
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

    /**
     * What it answers of a state of its {@link #kind()} (rules W2, W3 and W6): {@code last_n} and {@code distinct_n} oldest first,
     * {@code top_k} the most frequent first.
     */
    public AggregateResult finish(AggregateState state) {
        return Finishing.finish(this, state);
    }

    /** The same of a state in an array, where its kind has {@link StateKind#slots()}. */
    public AggregateResult finish(long[] slots, int at) {
        return Finishing.finish(this, slots, at);
    }

    /**
     * What it answers of a window of several steps: a list of what each has, oldest first, with nulls. It failed if one of
     * them did.
     */
    public AggregateResult finishSteps(List<AggregateState> steps) {
        return AggregateResult.ofSteps(steps.stream().map(this::finish).toList());
    }

    /** The type of its values, which it has. */
    ScalarType inputType() {
        return type();
    }

    boolean isOfIntegers() {
        return isInteger(type());
    }

    /** What a bucketed aggregate has for each value. */
    Aggregate ofOneBucket() {
        return new Aggregate(function, input, size, quantile, Optional.empty());
    }

    private ScalarType type() {
        return input.orElseThrow();
    }

    private static boolean isInteger(ScalarType type) {
        return type == ScalarType.INT32 || type == ScalarType.INT64;
    }
}
