package dev.asof.offline;

import dev.asof.shared.BatchId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A source row as the log keeps it.
 *
 * @param batch the batch that brought it into the log: what a snapshot sees, a backfill or copy reads goes by it
 * @param rowSequence its place among rows of the same event timestamp (rule A1), that of an earlier batch if the row
 *     was first sent in one
 * @param values in the order of the source's columns
 */
@SuppressWarnings("ArrayRecordComponent")
public record LogRow(
        BatchId batch,
        long rowSequence,
        Instant knownTimestamp,
        @Nullable Object[] values) {}
