package dev.asof.online.lookup;

import dev.asof.online.row.RowAddress;
import dev.asof.registry.FeatureSelection;
import java.util.List;
import java.util.Optional;

/**
 * What a lookup reads and where its answer comes from.
 *
 * @param reads every row to read, each once
 * @param viewOfRead for each of them the position of its view in the selection
 * @param common what is answered once for all rows, as one row; empty without {@code common} in the request
 * @param rows what is answered for each row
 */
@SuppressWarnings("ArrayRecordComponent")
record LookupPlan(
        LookupTemplate template, List<RowAddress> reads, int[] viewOfRead, Optional<Block> common, Block rows) {

    /** In place of a read where a key is null: there is nothing to find. */
    static final int NO_READ = -1;

    /**
     * Columns answered together, in their order.
     *
     * @param answered the columns themselves
     * @param views for each column the position of its view in the selection
     * @param slots for each column where its values stand in a {@link RowOutcome} of that view
     * @param names as they stand in answers as JSON
     * @param shortNames the same of bare feature names
     */
    record Columns(List<AnsweredColumn> answered, int[] views, int[] slots, byte[] names, byte[] shortNames) {}

    /**
     * What is answered together.
     *
     * @param readsByView for each answered row, for each view of the selection the position in
     *     {@link LookupPlan#reads()}
     */
    record Block(Columns columns, int[][] readsByView) {}

    FeatureSelection selection() {
        return template.selection();
    }
}
