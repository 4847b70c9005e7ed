package dev.asof.online.lookup;

import dev.asof.online.LookupAnswer;
import dev.asof.online.ValueStatus;
import dev.asof.online.row.JsonBytes;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values of a block of a plan, found in the rows that were read for it. */
final class AnsweredRows implements LookupAnswer.Rows {

    private final LookupPlan.Columns columns;
    private final int[] views;
    private final int[] features;
    private final int[][] reads;
    private final RowOutcome[] outcomes;
    private final boolean shortNames;

    /** @param outcomes of the plan's reads */
    AnsweredRows(LookupPlan.Block block, RowOutcome[] outcomes, boolean shortNames) {
        this.columns = block.columns();
        this.views = columns.views();
        this.features = columns.features();
        this.reads = block.readsByView();
        this.outcomes = outcomes;
        this.shortNames = shortNames;
    }

    @Override
    public List<LookupAnswer.Column> columns() {
        return columns.selected().stream()
                .map(column -> new LookupAnswer.Column(shortNames ? column.feature() : column.name(), column.type()))
                .toList();
    }

    /** The names of {@link #columns()} as JSON. */
    byte[] columnsJson() {
        return shortNames ? columns.shortNames() : columns.names();
    }

    int width() {
        return features.length;
    }

    /** The position of a column's view in the selection. */
    int view(int column) {
        return views[column];
    }

    @Override
    public int count() {
        return reads.length;
    }

    @Override
    public ValueStatus status(int row, int column) {
        return outcome(row, column).status(features[column]);
    }

    @Override
    public @Nullable Object value(int row, int column) {
        return outcome(row, column).value(features[column]);
    }

    @Override
    public @Nullable Instant eventTimestamp(int row, int column) {
        return outcome(row, column).eventTimestamp();
    }

    /** Writes {@link #value} from the bytes it lies in. */
    void writeValue(int row, int column, JsonBytes json, boolean int64AsText) {
        outcome(row, column).writeValue(features[column], json, int64AsText);
    }

    void writeEventTimestamp(int row, int column, JsonBytes json) {
        outcome(row, column).writeEventTimestamp(json);
    }

    private RowOutcome outcome(int row, int column) {
        int read = reads[row][views[column]];
        return read == LookupPlan.NO_READ ? RowOutcome.NOT_FOUND : outcomes[read];
    }
}
