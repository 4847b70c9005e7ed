package dev.asof.offline;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.RegisteredSource;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The append-only logs of sources: every row that was accepted, as it was sent. Everything runs in the caller's
 * transaction; the readers need one.
 */
public interface SourceLog {

    /** An empty buffer for a source's log. */
    RowBuffer buffer(RegisteredSource source);

    /** Adds a row to a buffer of {@link #buffer}. */
    void append(RowBuffer buffer, RegisteredSource source, LogRow row);

    /** How many rows a source's log holds up to a batch. */
    long count(SourceName source, BatchId through);

    /** The newest batch that was accepted into a source; zero when there is none. */
    BatchId newestBatch(SourceName source);

    /**
     * The position that ends the next stretch of a source's log: whole batches as long as they fit, else a part of one.
     *
     * @param after where to begin
     * @param through the last batch that counts
     * @param limit about so many rows; more if rows that were first sent in earlier batches come on top
     * @return empty when no rows are left
     */
    Optional<LogPosition> stretchEnd(SourceName source, LogPosition after, BatchId through, int limit);

    /** Reads the rows between two positions of {@link #stretchEnd}, batch by batch. */
    void read(RegisteredSource source, LogPosition after, LogPosition end, Consumer<LogRow> rows);

    /** Reads the rows with these row sequences, in any order. */
    void read(RegisteredSource source, Collection<Long> rowSequences, Consumer<LogRow> rows);

    /** The earliest event later than an instant in each of some batches that has one: when its next row falls due. */
    Map<BatchId, Instant> nextEvents(RegisteredSource source, Collection<BatchId> batches, Instant after);
}
