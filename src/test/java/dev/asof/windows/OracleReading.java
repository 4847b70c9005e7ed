package dev.asof.windows;

import java.util.Set;

/**
 * Under which words an answer is asked for.
 *
 * @param known by when a row must be known: {@link Long#MAX_VALUE} for latest
 * @param asRecorded whether instead it must have been known at the as-of time
 * @param unseen the places of rows of batches that a manifest didn't see
 */
record OracleReading(boolean strict, long known, boolean asRecorded, Set<Long> unseen) {

    static final OracleReading LATEST = new OracleReading(false, Long.MAX_VALUE, false, Set.of());
    static final OracleReading STRICT = new OracleReading(true, Long.MAX_VALUE, false, Set.of());

    static OracleReading at(boolean strict, long known) {
        return new OracleReading(strict, known, false, Set.of());
    }

    static OracleReading asRecorded(boolean strict) {
        return new OracleReading(strict, 0, true, Set.of());
    }

    boolean admits(RawEvent row, long asOf) {
        return row.known() <= (asRecorded ? asOf : known) && (unseen.isEmpty() || !unseen.contains(row.sequence()));
    }
}
