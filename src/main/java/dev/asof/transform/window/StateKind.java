package dev.asof.transform.window;

import dev.asof.shared.ScalarType;

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
        throw new UnsupportedOperationException();
    }
}
