package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Optional;

/** What is kept of rows for an aggregate. Equal ones are kept once, whatever functions and windows read them. */
public sealed interface StateKind {

    /** How many. */
    record Count() implements StateKind {}

    /** How many integers, and their total in 128 bits. */
    record IntegerSum() implements StateKind {}

    /** How many floats, and their total with what was lost in rounding. */
    record FloatSum() implements StateKind {}

    /** How many numbers, their mean, and the sum of their squared distances from it. */
    record Moments() implements StateKind {}

    /** The least or the greatest value. */
    record Extreme(boolean greatest, ScalarType type) implements StateKind {}

    /** The value of the first or the last row, in rule A1's order. */
    record Edge(boolean last, ScalarType type) implements StateKind {}

    /** The least hashes of values, for how many different ones there are. */
    record DistinctHashes() implements StateKind {}

    /** How many numbers are in each bucket, for quantiles. */
    record QuantileBuckets() implements StateKind {}

    /** The values of the last rows, nulls among them. */
    record LastValues(int n, ScalarType type) implements StateKind {}

    /** The different values that came last, each with its last row. */
    record LastDistinct(int n, ScalarType type) implements StateKind {}

    /** How often values of the least hashes came, for the most frequent ones. */
    record Frequencies(int k, ScalarType type) implements StateKind {}

    /** A state for each of the values of the least hashes (rule W6). */
    record Buckets(StateKind each, int maxKeys, ScalarType keyType) implements StateKind {}

    /** How many values a state keeps of those that it may answer so many of: the answer is exact up to there. */
    int KEPT_FOR_EACH = 8;

    /** A state of no rows. */
    default AggregateState empty() {
        return slots().<AggregateState>map(SlotState::new).orElseGet(() -> switch (this) {
            case Extreme(boolean greatest, ScalarType type) -> new TextExtremeState(greatest, type);
            case Edge(boolean last, ScalarType type) -> new TextEdgeState(last, type);
            case DistinctHashes _ -> new DistinctState();
            case QuantileBuckets _ -> new QuantileState();
            case LastValues(int n, ScalarType type) -> new LastValuesState(n, type);
            case LastDistinct(int n, ScalarType type) -> new LastDistinctState(n, type);
            case Frequencies(int k, ScalarType type) -> new BucketsState(new Count(), k * KEPT_FOR_EACH, type);
            case Buckets(StateKind each, int maxKeys, ScalarType keyType) ->
                new BucketsState(each, maxKeys * KEPT_FOR_EACH, keyType);
            case Count _, IntegerSum _, FloatSum _, Moments _ -> throw new AssertionError(this);
        });
    }

    /** Reads a state that {@link AggregateState#encode} wrote. */
    default AggregateState decode(StateReader in) {
        var state = empty();
        state.mergeEncoded(in);
        return state;
    }

    /** How states are kept in arrays; empty where their size isn't fixed. */
    default Optional<Slots> slots() {
        return switch (this) {
            case Count _ -> Optional.of(CountSlots.INSTANCE);
            case IntegerSum _ -> Optional.of(IntegerSumSlots.INSTANCE);
            case FloatSum _ -> Optional.of(FloatSumSlots.INSTANCE);
            case Moments _ -> Optional.of(MomentsSlots.INSTANCE);
            case Extreme(boolean greatest, ScalarType type)
            when RawValues.has(type) -> Optional.of(new ExtremeSlots(greatest, type));
            case Edge(boolean last, ScalarType type) when RawValues.has(type) -> Optional.of(new EdgeSlots(last, type));
            case Extreme _,
                    Edge _,
                    DistinctHashes _,
                    QuantileBuckets _,
                    LastValues _,
                    LastDistinct _,
                    Frequencies _,
                    Buckets _ -> Optional.empty();
        };
    }

    /**
     * Whether the newest rows are all that counts: the state of a window that has no end is then that of all rows
     * {@linkplain AggregateState#since since} the window's beginning, and a key needs one, not one for each tile.
     */
    default boolean keepsTheNewest() {
        return switch (this) {
            case Edge(boolean last, ScalarType _) -> last;
            case LastValues _, LastDistinct _ -> true;
            case Count _,
                    IntegerSum _,
                    FloatSum _,
                    Moments _,
                    Extreme _,
                    DistinctHashes _,
                    QuantileBuckets _,
                    Frequencies _,
                    Buckets _ -> false;
        };
    }
}
