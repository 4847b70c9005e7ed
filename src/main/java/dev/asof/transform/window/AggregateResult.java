package dev.asof.transform.window;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an aggregate answers.
 *
 * @param value of {@link Aggregate#resultType()}; a {@link Buckets} of a bucketed aggregate; null unless there is one
 */
public record AggregateResult(@Nullable Object value, Status status) {

    /** How a value came about. */
    public enum Status {
        PRESENT,
        /** There is none, for lack of rows. */
        NULL,
        /** It doesn't fit its type. */
        FAILED,
        /** There were more different values than are kept (rule W6): the greatest may be missing. */
        TRUNCATED
    }

    /** The answered values of a bucketed aggregate's column, in order, and what each of them has; null where it has none. */
    public record Buckets(List<Object> keys, List<@Nullable Object> values) {}

    static AggregateResult present(Object value) {
        return new AggregateResult(value, Status.PRESENT);
    }

    static AggregateResult ofNullable(@Nullable Object value) {
        return new AggregateResult(value, value == null ? Status.NULL : Status.PRESENT);
    }

    /**
     * What a window of several steps answers: a list of what each has, oldest first, with nulls. It failed if one of them did.
     *
     * @param steps whose results are no lists
     */
    public static AggregateResult ofSteps(List<AggregateResult> steps) {
        var values = new ArrayList<@Nullable Object>(steps.size());
        var status = Status.PRESENT;
        for (var step : steps) {
            values.add(step.value());
            if (step.status() == Status.FAILED) {
                status = Status.FAILED;
            }
        }
        return new AggregateResult(Collections.unmodifiableList(values), status);
    }

    /** The keys of a bucketed aggregate. */
    public AggregateResult keys() {
        return value instanceof Buckets buckets ? new AggregateResult(buckets.keys(), status) : this;
    }

    /** The values of a bucketed aggregate. */
    public AggregateResult values() {
        return value instanceof Buckets buckets ? new AggregateResult(buckets.values(), status) : this;
    }
}
