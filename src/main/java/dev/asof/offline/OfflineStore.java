package dev.asof.offline;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The offline store as its writers see it: append-only logs and feature tables. Everything runs in the caller's
 * transaction; the readers need one.
 */
public interface OfflineStore {

    /**
     * A source row as the log keeps it.
     *
     * @param batch the batch that brought it into the log: what a snapshot sees, a backfill or copy reads goes by it
     * @param rowSequence its place among rows of the same event timestamp (rule A1), that of an earlier batch if the row
     *     was first sent in one
     * @param values in the order of the source's columns
     */
    @SuppressWarnings("ArrayRecordComponent")
    record LogRow(
            BatchId batch,
            long rowSequence,
            Instant knownTimestamp,
            @Nullable Object[] values) {}

    /** An empty buffer for a source's log. */
    RowBuffer logBuffer(RegisteredSource source);

    /** Adds a row to a buffer of {@link #logBuffer}. */
    void appendLog(RowBuffer buffer, RegisteredSource source, LogRow row);

    /** An empty buffer for a view version's table. */
    RowBuffer featureBuffer(RegisteredView view);

    /** Adds what was computed from a source row to a buffer of {@link #featureBuffer}. */
    void appendFeatures(RowBuffer buffer, RegisteredView view, FeatureRow row, BatchId batch, Instant knownTimestamp);

    /** Sends a buffer's rows. */
    void copy(RowBuffer buffer);

    /** How many rows a source's log holds up to a batch. */
    long countLog(SourceName source, BatchId through);

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

    /** Reads the log's rows between two positions of {@link #stretchEnd}, batch by batch. */
    void readLog(RegisteredSource source, LogPosition after, LogPosition end, Consumer<LogRow> rows);

    /** Reads the log's rows with these row sequences, in any order. */
    void readLog(RegisteredSource source, Collection<Long> rowSequences, Consumer<LogRow> rows);

    /**
     * The newest row of every key by rule A1 at an instant, without the TTL, in the order of the keys.
     *
     * @param after a row of the key to begin after; empty for the first
     * @param limit how many keys
     */
    void newestRows(
            RegisteredView view, Instant asOf, Optional<FeatureRow> after, int limit, Consumer<FeatureRow> rows);

    /**
     * The newest row of every key among the rows of some batches with {@code after < event_timestamp <= asOf}.
     *
     * @param after empty for no lower bound
     */
    void newestRows(
            RegisteredView view,
            Collection<BatchId> batches,
            Optional<Instant> after,
            Instant asOf,
            Consumer<FeatureRow> rows);

    /** The earliest event later than an instant in each of some batches that has one: when its next row falls due. */
    Map<BatchId, Instant> nextEvents(RegisteredSource source, Collection<BatchId> batches, Instant after);

    /** Refreshes the planner's statistics of a view version, which a large load leaves stale. */
    void analyze(RegisteredView view);
}
