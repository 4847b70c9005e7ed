package dev.asof.ingestion;

import dev.asof.offline.LogRow;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import java.util.Collection;
import java.util.List;

/** Computes the feature rows of accepted source rows, so that both stores get them with the batch. */
public interface BatchMaterializer {

    /**
     * Begins the work for the batches of one transaction.
     *
     * @param views the live view versions of the source, fixed until the transaction ends
     */
    Materialization begin(RegisteredSource source, List<RegisteredView> views);

    /** The feature rows of one transaction's batches. One thread adds and cuts, one stores; they may differ. */
    interface Materialization extends AutoCloseable {

        /** Computes and buffers the feature rows of one accepted row. */
        void add(LogRow row);

        /** The feature rows added since the last cut. */
        Chunk cut();

        /** In the transaction, when all is stored: records what the online store is owed, should this server die. */
        void recordPending(Collection<BatchId> batches);

        /** After the commit: brings the newest row of each key online. Never fails: what can't be done is pending. */
        Published publish();

        /** Lets go of what it keeps, whether or not the batches were committed. */
        @Override
        void close();
    }

    /** Feature rows for the offline store. */
    interface Chunk {

        /** Writes them in the current transaction. */
        void store();
    }
}
