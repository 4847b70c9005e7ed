package dev.asof.offline;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.TilePlan;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The rows of view versions with aggregates, as windows read them: which of a key's rows count (rule W4), and what batches
 * changed of that. Everything is read in the snapshot of the caller's transaction, which it needs.
 */
public interface AggregateRows {

    /** Takes a key's rows; those of one key follow each other. */
    interface Rows {

        /** The newest of a key by rule A1, without the TTL, be it one that deletes the key; before its other rows. */
        void newest(FeatureRow row);

        /** One that counts, with what it keeps for aggregates; the oldest first. */
        void counted(FeatureRow row);

        /** What some rows that count come to, with the states of all cells; after the key's newest row. */
        void tile(EntityKey key, KeyTiles.Tile tile);
    }

    /**
     * A place in the rows of a key where something changed.
     *
     * @param cut whether all that is older than this doesn't count any more
     */
    record Touched(EntityKey key, Instant eventTimestamp, boolean cut) {}

    /** Reads them by connections of one's own. */
    static AggregateRows by(DataSource dataSource) {
        return new PostgresAggregateRows(dataSource);
    }

    /**
     * For each key its newest row at an instant, and all that count there of those with {@code from <= event_timestamp <=
     * asOf}; nothing for a key without rows, and no tiles.
     *
     * @param keys each once
     * @param from a time before all that can be stored for no bound
     */
    void read(RegisteredView view, Collection<EntityKey> keys, Instant from, Instant asOf, Rows rows);

    /**
     * As {@link #read(RegisteredView, Collection, Instant, Instant, Rows)}, all that a plan needs of keys, as of its instant. Of a key with
     * so many rows that it is quicker, tiles that are stored come for their rows where the plan takes them; all there is of such a key is
     * read by one statement, as the store was at one moment.
     *
     * @param plan of the view's cells
     */
    void read(RegisteredView view, Collection<EntityKey> keys, TilePlan plan, Rows rows);

    /**
     * The keys that have rows, whenever these happened, in Postgres's order.
     *
     * @param after the key to begin after; empty for the first
     * @return at most so many; fewer after the last
     */
    List<EntityKey> keys(RegisteredView view, Optional<EntityKey> after, int limit);

    /**
     * Where some batches changed what counts: at each of their rows, and at each row that one of these replaced by its row id,
     * as far as {@code after < event_timestamp <= until}. The same place may come more than once, places where nothing
     * changed after all among them.
     *
     * @param after empty for no lower bound
     */
    void touched(
            RegisteredView view,
            Collection<BatchId> batches,
            Optional<Instant> after,
            Instant until,
            Consumer<Touched> places);
}
