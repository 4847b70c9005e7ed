package dev.asof.online.lookup;

import dev.asof.online.row.RowAddress;
import dev.asof.registry.FeatureSelection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a lookup reads and where its answer comes from.
 *
 * @param reads every row to read, each once
 * @param viewOfRead for each of them the position of its view in the selection
 * @param once what is answered once for all rows, or could be
 * @param common what is answered once for all rows, as one row; empty without {@code common} in the request
 * @param rows what is answered for each row
 */
@SuppressWarnings("ArrayRecordComponent")
record LookupPlan(
        LookupTemplate template,
        List<RowAddress> reads,
        int[] viewOfRead,
        Once once,
        Optional<Block> common,
        Block rows) {

    /** In place of a read where a key is null: there is nothing to find. */
    static final int NO_READ = -1;

    /** In place of a view, of a column whose values are computed. */
    static final int COMPUTED = -1;

    /**
     * Columns answered together, in their order.
     *
     * @param answered the columns themselves
     * @param views for each column the position of its view in the selection, or {@link #COMPUTED}
     * @param slots for each column where its values stand in a {@link RowOutcome} of that view, or in {@link ComputedValues}
     * @param counted for each column under which view its values are counted: the position among the selection's views, and
     *     after them its on-demand ones
     * @param names as they stand in answers as JSON
     * @param shortNames the same of bare feature names
     */
    record Columns(
            List<AnsweredColumn> answered, int[] views, int[] slots, int[] counted, byte[] names, byte[] shortNames) {}

    /**
     * What is answered together.
     *
     * @param readsByView for each answered row, for each view of the selection the position in
     *     {@link LookupPlan#reads()}
     * @param sent for each answered row the request's values, those of {@code common} among them, by their position in
     *     {@link LookupTemplate#requestValues()}; no rows where nothing is computed
     */
    record Block(
            Columns columns, int[][] readsByView, @Nullable Object[][] sent) {}

    /**
     * What a view came to for a row of the answer; for all rows and {@code common} alike if it is read once.
     *
     * @param outcomes of {@link #reads()}
     */
    RowOutcome outcome(RowOutcome[] outcomes, int row, int view) {
        int read = read(row, view);
        return read == NO_READ ? template.reader(view).nothing() : outcomes[read];
    }

    /** The position of that among the reads, or {@link #NO_READ}. */
    int read(int row, int view) {
        return once.views()[view] ? common.orElseThrow().readsByView()[0][view] : rows.readsByView()[row][view];
    }

    FeatureSelection selection() {
        return template.selection();
    }
}
