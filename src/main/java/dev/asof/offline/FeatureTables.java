package dev.asof.offline;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The feature tables of view versions: every feature row that was computed, never changed. Everything runs in the caller's
 * transaction; the readers need one.
 */
public interface FeatureTables {

    /** An empty buffer for a view version's table. */
    RowBuffer buffer(RegisteredView view);

    /** Adds what was computed from a source row to a buffer of {@link #buffer}. */
    void append(RowBuffer buffer, RegisteredView view, FeatureRow row, BatchId batch, Instant knownTimestamp);

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

    /** Refreshes the planner's statistics of a view version, which a large load leaves stale. */
    void analyze(RegisteredView view);
}
