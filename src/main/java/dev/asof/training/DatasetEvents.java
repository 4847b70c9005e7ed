package dev.asof.training;

import dev.asof.offline.VisibleBatches;

/**
 * What happens to training datasets, published inside the transaction that does it: a listener that throws undoes it, and
 * what a listener writes to Postgres commits with it. How builds end otherwise is told by the events of jobs.
 */
public sealed interface DatasetEvents {

    /** The version. */
    DatasetVersion version();

    /**
     * A version was built, and never changes from now on.
     *
     * @param spec what it was built from, with the definitions that it pins
     * @param rows of all its splits
     * @param seen the batches whose rows its features come from (rule A7)
     * @param contentHash of its rows
     */
    record DatasetBuilt(DatasetVersion version, DatasetSpec spec, long rows, VisibleBatches seen, String contentHash)
            implements DatasetEvents {}

    /** A version was deleted, built or not, and pins nothing any more. */
    record DatasetRemoved(DatasetVersion version) implements DatasetEvents {}
}
