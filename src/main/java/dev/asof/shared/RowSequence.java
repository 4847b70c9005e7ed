package dev.asof.shared;

/**
 * The number that breaks ties between rows of the same event timestamp (rule A1): it grows with the id of the batch in
 * which a row was first sent, and within that with the row's place. A row that is sent again from quarantine keeps it, so it doesn't
 * tell which batch brought the row into the log. One batch holds fewer than 2^24 rows, which leaves 2^39 batches.
 */
public final class RowSequence {

    /** The greatest number of rows in one batch. */
    public static final long MAX_ROWS = (1L << 24) - 1;

    private static final int ROW_BITS = 24;

    private RowSequence() {}

    /** @param rowNumber the row's place in its batch, from 1 to {@link #MAX_ROWS} */
    public static long of(BatchId batch, long rowNumber) {
        if (rowNumber < 1 || rowNumber > MAX_ROWS) {
            throw new IllegalArgumentException("Row numbers are 1 to " + MAX_ROWS + ": " + rowNumber);
        }
        return batch.value() << ROW_BITS | rowNumber;
    }

    public static BatchId batch(long rowSequence) {
        return new BatchId(rowSequence >>> ROW_BITS);
    }

    public static long rowNumber(long rowSequence) {
        return rowSequence & MAX_ROWS;
    }
}
