package dev.asof.online.lookup;

/**
 * The values of a lookup's on-demand features.
 *
 * @param common of what is computed once for all rows, as one row
 * @param rows of what is computed for each row
 * @param failures how many expressions failed, by the position of their view among the selection's on-demand ones
 */
@SuppressWarnings("ArrayRecordComponent")
record Computed(ComputedValues common, ComputedValues rows, long[] failures) {

    /** Of lookups without on-demand features. */
    static final Computed NOTHING = new Computed(new ComputedValues(0, 0), new ComputedValues(0, 0), new long[0]);
}
