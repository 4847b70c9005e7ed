package dev.asof.online;

import dev.asof.registry.FeatureSelection;
import java.util.List;

/**
 * What a lookup reads and where its answer comes from.
 *
 * @param reads every row to read, each once
 * @param common what is answered once for all rows; empty without {@code common} in the request
 * @param rows what is answered for each row
 */
record LookupPlan(FeatureSelection selection, List<RowAddress> reads, Block common, Block rows) {

    /** In place of a read where a key is null: there is nothing to find. */
    static final int NO_READ = -1;

    /**
     * Columns answered together.
     *
     * @param columns positions in {@link FeatureSelection#columns()}
     * @param readsByView for each answered row, for each view of the selection the position in
     *     {@link LookupPlan#reads()}
     */
    record Block(List<Integer> columns, List<int[]> readsByView) {}
}
