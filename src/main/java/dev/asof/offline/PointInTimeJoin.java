package dev.asof.offline;

import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import java.util.List;

/** The point-in-time join of a spine with features, built on the as-of functions. */
public interface PointInTimeJoin {
    /**
     * @param spine the quoted name of a table with columns `asof_ordinal bigint`, the as-of column and the key columns
     * @param columns spine columns to hand through, in order
     * @param asOfColumn name of the timestamptz column
     * @return a select of the handed-through columns then selection.columns() by name, ordered by asof_ordinal; named parameters none
     */
    String sql(String spine, List<String> columns, String asOfColumn, FeatureSelection selection, boolean strict, Known known);
}
