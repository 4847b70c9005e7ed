package dev.asof.offline;

import dev.asof.shared.BatchId;
import dev.asof.shared.RowSequence;

/**
 * How far a log is read, by batches: all rows of the earlier ones, and of the position's own those with row sequences up
 * to its value. Rows that were first sent in earlier batches come first in theirs, as no row of a batch has a sequence
 * above the batch's own range.
 *
 * @param value as it is stored: the batch's id shifted by 24 bits, and the row number, the greatest there can be when all
 *     of the batch is read
 */
public record LogPosition(long value) {

    /** Before all rows. */
    public static final LogPosition START = new LogPosition(0);

    static LogPosition within(BatchId batch, long rowNumber) {
        return new LogPosition(RowSequence.of(batch, Math.min(rowNumber, RowSequence.MAX_ROWS)));
    }

    static LogPosition endOf(BatchId batch) {
        return within(batch, RowSequence.MAX_ROWS);
    }

    boolean isWithinBatch() {
        return value != 0 && rowNumber() < RowSequence.MAX_ROWS;
    }

    BatchId batch() {
        return RowSequence.batch(value);
    }

    long rowNumber() {
        return RowSequence.rowNumber(value);
    }
}
