package dev.asof.online.lookup;

import dev.asof.online.LookupAnswer;
import dev.asof.online.ValueStatus;
import dev.asof.online.row.JsonBytes;
import dev.asof.online.row.ValueJson;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values of a block of a plan, found in the rows that were read for it, or computed of them. */
final class AnsweredRows implements LookupAnswer.Rows {

    private final LookupPlan plan;
    private final LookupPlan.Columns columns;
    private final int[] views;
    private final int[] slots;
    private final int[][] reads;
    private final RowOutcome[] outcomes;
    private final ComputedValues computed;
    private final LookupTemplate template;
    private final boolean shortNames;

    /**
     * @param outcomes of the plan's reads
     * @param computed of the block's rows
     */
    AnsweredRows(
            LookupPlan plan,
            LookupPlan.Block block,
            RowOutcome[] outcomes,
            ComputedValues computed,
            boolean shortNames) {
        this.plan = plan;
        this.template = plan.template();
        this.columns = block.columns();
        this.views = columns.views();
        this.slots = columns.slots();
        this.reads = block.readsByView();
        this.outcomes = outcomes;
        this.computed = computed;
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

    /** Under which of the selection's views a column's values are counted, the on-demand ones after all others. */
    int countedAs(int column) {
        return columns.counted()[column];
    }

    @Override
    public int count() {
        return reads.length;
    }

    @Override
    public ValueStatus status(int row, int column) {
        return isComputed(column)
                ? computed.status(row, slots[column])
                : outcome(row, column).status(slots[column]);
    }

    @Override
    public @Nullable Object value(int row, int column) {
        return isComputed(column)
                ? computed.value(row, slots[column])
                : outcome(row, column).value(slots[column]);
    }

    @Override
    public @Nullable Instant eventTimestamp(int row, int column) {
        return isComputed(column)
                ? template.onDemand().eventTimestamp(slots[column], plan, outcomes, row)
                : outcome(row, column).eventTimestamp(slots[column]);
    }

    /** Writes {@link #value}, from the bytes it lies in where it does. */
    void writeValue(int row, int column, JsonBytes json, boolean int64AsText) {
        if (isComputed(column)) {
            ValueJson.write(columns.answered().get(column).type(), value(row, column), json, int64AsText);
        } else {
            outcome(row, column).writeValue(slots[column], json, int64AsText);
        }
    }

    void writeEventTimestamp(int row, int column, JsonBytes json) {
        if (!isComputed(column)) {
            outcome(row, column).writeEventTimestamp(slots[column], json);
            return;
        }
        var event = eventTimestamp(row, column);
        if (event == null) {
            json.nothing();
        } else {
            json.timestamp(Timestamps.toMicros(event));
        }
    }

    private boolean isComputed(int column) {
        return views[column] == LookupPlan.COMPUTED;
    }

    private RowOutcome outcome(int row, int column) {
        int read = reads[row][views[column]];
        return read == LookupPlan.NO_READ ? template.reader(views[column]).nothing() : outcomes[read];
    }
}
