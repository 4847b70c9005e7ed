package dev.asof.transform.window;

import org.jspecify.annotations.Nullable;

/**
 * How a state of a fixed number of longs is kept in an array, without an object for each. Zeros are a state of no rows. The methods
 * touch nothing but the slots from a position on.
 */
public abstract sealed class Slots
        permits CountSlots, IntegerSumSlots, FloatSumSlots, MomentsSlots, ExtremeSlots, EdgeSlots {

    /** How many longs a state is. */
    public abstract int width();

    /**
     * Adds a row.
     *
     * @param raw the value as {@link #raw} has it
     * @param rowSequence not negative
     */
    public abstract void add(long[] slots, int at, long raw, long eventMicros, long rowSequence);

    /** Adds the rows of another state. */
    public abstract void merge(long[] into, int at, long[] from, int fromAt);

    /** Adds the rows of some states that stand one after the other from the beginning: a loop of each kind's own is a fast one. */
    public abstract void mergeAll(long[] into, int at, long[] from, int count);

    public abstract boolean isEmpty(long[] slots, int at);

    /** Copies a state of this kind that is kept by itself. */
    public void copy(AggregateState state, long[] into) {
        System.arraycopy(((SlotState) state).slots(), 0, into, 0, width());
    }

    /** As {@link AggregateState#encode}. */
    public abstract void encode(long[] slots, int at, StateWriter out);

    /** As {@link AggregateState#mergeEncoded}. */
    public abstract void mergeEncoded(long[] into, int at, StateReader in);

    /** A value as states of this kind take it. */
    public abstract long raw(@Nullable Object value);

    /** {@link #raw} of an integer, a timestamp's microseconds, or a boolean as 0 or 1. */
    public abstract long rawOfLong(long value);

    /** {@link #raw} of a float. */
    public abstract long rawOfDouble(double value);
}
