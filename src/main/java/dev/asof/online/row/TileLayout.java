package dev.asof.online.row;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.transform.window.Slots;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.Window;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the states of a view version's aggregates are in a packed key. Of a level the first columns say when each tile begins
 * and, where a window ends before the as-of time, when its last event took place; then each cell has a column for each long of
 * its states, or one of encoded states. A cell of which the newest rows are all that counts, in windows that all reach up to
 * the as-of time, has one state for the key.
 */
final class TileLayout {

    /** The column that says when tiles begin, and the one that says when their last events took place. */
    static final int STARTS = 0;

    static final int EVENTS = 1;

    private final List<StateKind> kinds;
    private final @Nullable Slots[] slots;
    private final int[] firstColumns;
    private final boolean[] ofKey;
    private final boolean keepsEvents;
    private final int columns;

    TileLayout(ViewAggregates aggregates) {
        this.kinds = aggregates.cells().stream().map(ViewAggregates.Cell::kind).toList();
        this.slots = kinds.stream().map(kind -> kind.slots().orElse(null)).toArray(Slots[]::new);
        this.keepsEvents = !aggregates.windows().stream().allMatch(Window::hasHead);
        this.ofKey = new boolean[kinds.size()];
        this.firstColumns = new int[kinds.size()];
        int next = keepsEvents ? EVENTS + 1 : STARTS + 1;
        var cells = aggregates.tileCells();
        for (int cell = 0; cell < ofKey.length; cell++) {
            ofKey[cell] = cells.get(cell).isOfTheKey();
            firstColumns[cell] = next;
            var inSlots = slots[cell];
            next += ofKey[cell] ? 0 : inSlots == null ? 1 : inSlots.width();
        }
        this.columns = next;
    }

    static TileLayout of(RegisteredView view) {
        return new TileLayout(view.aggregates().orElseThrow());
    }

    int cells() {
        return kinds.size();
    }

    StateKind kind(int cell) {
        return kinds.get(cell);
    }

    /** How states of a cell are kept in arrays; null where their size isn't fixed. */
    @Nullable
    Slots slots(int cell) {
        return slots[cell];
    }

    /** Whether a cell has one state for the key. */
    boolean isOfKey(int cell) {
        return ofKey[cell];
    }

    /** Of a cell that has states by tile, the first of its columns. */
    int firstColumn(int cell) {
        return firstColumns[cell];
    }

    /** Whether it is kept for each tile when its last event took place. */
    boolean keepsEvents() {
        return keepsEvents;
    }

    /** Of a level. */
    int columns() {
        return columns;
    }
}
