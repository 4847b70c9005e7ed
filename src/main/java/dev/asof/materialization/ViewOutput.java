package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.LogRow;
import dev.asof.offline.tile.TouchedTiles;
import dev.asof.online.FencingTokens;
import dev.asof.shared.BatchId;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * What a view version has in the two stores, and every way it gets there: with the batches that bring it, by a backfill,
 * and from Postgres to the online store. The version's program decides which it is ({@link ViewOutputs}).
 */
sealed interface ViewOutput permits RowsOutput, TilesOutput {

    /**
     * Begins the version's part of the batches of one transaction.
     *
     * @param future takes the rows that are not due yet
     * @param bytesInMemory how much may be kept there for the online store, about
     */
    OfBatches ofBatches(FutureRows future, long bytesInMemory);

    /** Begins the version's part of a stretch of the log, which a backfill computes in the current transaction. */
    OfStretch ofStretch();

    /** Refreshes the planner's statistics, which a backfill leaves stale. */
    void analyze();

    /**
     * Brings online what some batches hold, of events after one instant and up to another.
     *
     * @param after empty for no lower bound
     */
    FencingTokens bringOnline(Collection<BatchId> batches, Optional<Instant> after, Instant asOf);

    /** Begins to bring online all there is at an instant. */
    Pages pages(Instant asOf);

    /** As {@link BatchMaterializer.Materialization}, for one view version. */
    interface OfBatches extends AutoCloseable {

        /** Computes and buffers what comes of one accepted row. */
        void add(LogRow row);

        /** What was added since the last cut. */
        BatchMaterializer.Chunk cut();

        /** The tiles in which its rows stand; empty for a version without tiles in Postgres. */
        default Optional<TouchedTiles> touchedTiles() {
            return Optional.empty();
        }

        /** Whether there is so much of it that bringing it online takes long. */
        boolean isLarge();

        /**
         * After the commit: brings it online.
         *
         * @param batches that were committed
         * @param goesOn called now and then while it takes long
         * @throws dev.asof.shared.AsofException when the online store did not take all of it; to do it again is harmless
         */
        FencingTokens publish(Collection<BatchId> batches, Runnable goesOn);

        /** Lets go of what it keeps, whether or not the batches were committed. */
        @Override
        void close();
    }

    /** What comes of a stretch of the log, stored as it grows. */
    interface OfStretch {

        /** Computes what comes of one row. */
        void add(LogRow row);

        /** Stores what is left. */
        void finish();
    }

    /** All of a view version on its way online, a part at a time. */
    interface Pages {

        /** Writes the next part. */
        Page write();
    }

    /** A part that was written. */
    record Page(long rows, FencingTokens written, boolean isLast) {}
}
