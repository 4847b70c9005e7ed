package dev.asof.transform.window;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of some rows for an aggregate. Rows may be added, and states merged, in any order: the same rows make the same
 * state and the same bytes, but for the rounding of float sums. For one thread.
 */
public abstract class AggregateState {

    /**
     * Adds a row that counts.
     *
     * @param value of the class that the kind's type has; null for {@link StateKind.Count}, and for a null that
     *     {@link StateKind.LastValues} keeps
     * @param hash {@link ValueHash} of the value, where the kind orders by it; else 0
     * @param eventMicros the row's place in rule A1's order
     * @param rowSequence the same; not negative
     */
    public abstract void add(@Nullable Object value, long hash, long eventMicros, long rowSequence);

    /** Adds the rows of another state of the same kind, which stays as it is and shares nothing that changes. */
    public abstract void merge(AggregateState other);

    /** Whether no row was added. */
    public abstract boolean isEmpty();

    /** Writes it so that {@link StateKind#decode} or {@link #mergeEncoded} of its kind can read it. */
    public abstract void encode(StateWriter out);

    /** Adds the rows of an encoded state of the same kind. */
    public abstract void mergeEncoded(StateReader in);

    /**
     * The same without the rows before an instant, where the kind's {@link StateKind#keepsTheNewest()}: what a window from then
     * on that has no end would hold.
     */
    public AggregateState since(long fromMicros) {
        throw new IllegalStateException("Rows can't be taken from this state");
    }

    /**
     * The state of one value of a bucketed aggregate, to be added to at once: whether the value is kept is seen then.
     *
     * @param hash of the key
     */
    public AggregateState inBucket(Object key, long hash) {
        throw new IllegalStateException("No bucketed aggregate");
    }
}
