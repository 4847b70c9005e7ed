package dev.asof.transform.window;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of some rows for an aggregate. Rows may be added, and states merged, in any order: the same rows make the same
 * state, but for the rounding of float sums. For one thread.
 */
public abstract class AggregateState {

    /**
     * Adds a row that counts.
     *
     * @param value of the class that the kind's type has; null for {@link StateKind.Count}, and for a null that
     *     {@link StateKind.LastValues} keeps
     * @param hash {@link ValueHash} of the value, where the kind orders by it; else 0
     * @param eventMicros the row's place in rule A1's order
     * @param rowSequence the same
     */
    public abstract void add(@Nullable Object value, long hash, long eventMicros, long rowSequence);

    /** Adds the rows of another state of the same kind. */
    public abstract void merge(AggregateState other);

    /**
     * The state of one value of a bucketed aggregate, to be added to at once: whether the value is kept is seen then.
     *
     * @param hash of the key
     */
    public AggregateState inBucket(Object key, long hash) {
        throw new IllegalStateException("No bucketed aggregate");
    }
}
