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
    private final int[] slots;
    private final int[][] reads;
    private final RowOutcome[] outcomes;
    private final LookupTemplate template;
    private final boolean shortNames;

    /** @param outcomes of the plan's reads */
    AnsweredRows(LookupTemplate template, LookupPlan.Block block, RowOutcome[] outcomes, boolean shortNames) {
        this.template = template;
        this.columns = block.columns();
        this.views = columns.views();
        this.slots = columns.slots();
        this.reads = block.readsByView();
        this.outcomes = outcomes;
        this.shortNames = shortNames;
    }

    @Override
    public List<LookupAnswer.Column> columns() {
        return columns.answered().stream()
                .map(column -> column.face(shortNames))
                .toList();
    }

    /** The names of {@link #columns()} as JSON. */
    byte[] columnsJson() {
        return shortNames ? columns.shortNames() : columns.names();
    }

    int width() {
        return slots.length;
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
        return outcome(row, column).status(slots[column]);
    }

    @Override
    public @Nullable Object value(int row, int column) {
        return outcome(row, column).value(slots[column]);
    }

    @Override
    public @Nullable Instant eventTimestamp(int row, int column) {
        return outcome(row, column).eventTimestamp(slots[column]);
    }

    /** Writes {@link #value}, from the bytes it lies in where it does. */
    void writeValue(int row, int column, JsonBytes json, boolean int64AsText) {
        outcome(row, column).writeValue(slots[column], json, int64AsText);
    }

    void writeEventTimestamp(int row, int column, JsonBytes json) {
        outcome(row, column).writeEventTimestamp(slots[column], json);
    }

    private RowOutcome outcome(int row, int column) {
        int read = reads[row][views[column]];
        return read == LookupPlan.NO_READ ? template.reader(views[column]).nothing() : outcomes[read];
    }
}
