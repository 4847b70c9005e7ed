package dev.asof.offline;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import java.util.List;
import java.util.Optional;

/**
 * The point-in-time join of a spine with features in Postgres: the same as-of functions that users call from SQL. Large
 * joins may do without, see {@link HistoryCopies}.
 */
public interface PointInTimeJoin {

    /** The spine column that numbers its rows from 1. */
    String ORDINAL = "asof_ordinal";

    /**
     * How the as-of rule is read.
     *
     * @param batches the only batches whose rows count; empty for all that the transaction sees
     */
    record Reading(boolean strict, Known known, Optional<VisibleBatches> batches) {}

    /**
     * What is joined.
     *
     * @param spine the quoted name of a table, or a select in parentheses, with a column {@link #ORDINAL}, the as-of column and the selection's key
     *     columns, typed as the selection says
     * @param columns spine columns to hand through, in order
     * @param asOfColumn name of the timestamptz column
     */
    record Query(String spine, List<String> columns, String asOfColumn, FeatureSelection selection, Reading reading) {

        public Query {
            columns = List.copyOf(columns);
        }
    }

    /**
     * The whole join as users may run it.
     *
     * @return a select, without parameters, of the handed-through columns, then the selection's stored columns by
     *     name, ordered by {@link #ORDINAL}, each spine row exactly once (rule A5)
     */
    String sql(Query query);

    /** The join as {@link BlockJoin} runs it; each row begins with the {@link #ORDINAL}, the columns of {@link #sql} follow. */
    BlockJoin.Blocks blocks(Query query);

    /**
     * As {@link #blocks}, with two more columns for each of {@link FeatureSelection#timestampSources()} at the end, in their
     * order: the event timestamp and the known timestamp, null where there is no row.
     */
    BlockJoin.Blocks blocksWithTimestamps(Query query);
}
