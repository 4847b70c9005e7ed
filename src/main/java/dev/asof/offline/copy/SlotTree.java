package dev.asof.offline.copy;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.Slots;
import java.util.Arrays;
import java.util.List;

/**
 * All states of a fixed width over a key's rows, each node one after the other in an array. Before them stand, for rule W2, the
 * number of the last row that counts, plus 1, and the greatest known timestamp.
 */
final class SlotTree extends BlockTree {

    static final int LAST_ROW = 0;
    static final int KNOWN = 1;
    private static final int CELLS = 2;

    /** The more rows a block has, the more single ones are added at both ends of a window; the fewer, the more nodes are made. */
    private static final int LEAST_BLOCK_ROWS = 4;

    private static final int MOST_BLOCKS = 1 << 15;

    /** Of all blocks' states: with the nodes above them twice as many. */
    private static final int MOST_NUMBERS = 1 << 20;

    /** A state: what it reads of a row, and where in a node it stands. */
    private record Cell(Slots slots, int admitted, int value, boolean isFloat, int at) {}

    private final KeyRows rows;
    private final CopiedRows copied;
    private final Cell[] cells;
    private final int width;
    private long[] nodes = {};
    private long[] taken = {};

    /** @param cells each with slots */
    SlotTree(KeyRows rows, CopiedRows copied, List<ViewAggregates.Cell> cells) {
        super(LEAST_BLOCK_ROWS, Math.clamp(MOST_NUMBERS / widthOf(cells), 1, MOST_BLOCKS));
        this.rows = rows;
        this.copied = copied;
        this.cells = new Cell[cells.size()];
        int at = CELLS;
        for (int i = 0; i < this.cells.length; i++) {
            var cell = cells.get(i);
            var slots = cell.kind().slots().orElseThrow();
            boolean isFloat =
                    cell.value() != ViewAggregates.NONE && isFloat(copied.kept().get(cell.value()));
            this.cells[i] = new Cell(slots, cell.admitted(), cell.value(), isFloat, at);
            at += slots.width();
        }
        this.width = at;
    }

    private static int widthOf(List<ViewAggregates.Cell> cells) {
        return CELLS
                + cells.stream()
                        .mapToInt(cell -> cell.kind().slots().orElseThrow().width())
                        .sum();
    }

    private static boolean isFloat(ScalarType type) {
        return type == ScalarType.FLOAT32 || type == ScalarType.FLOAT64;
    }

    /** How many longs an answer has. */
    int width() {
        return width;
    }

    /** Where in an answer a cell's state stands. */
    int at(int cell) {
        return cells[cell].at();
    }

    void begin() {
        begin(rows.size());
        int needed = Math.multiplyExact(nodes(), width);
        if (nodes.length < needed) {
            nodes = new long[needed + needed / 2];
        }
    }

    /** Sets an answer to the states of the rows that count from one up to another. */
    void answer(int from, int until, long[] into) {
        taken = into;
        Arrays.fill(into, 0, width, 0);
        int first = firstBlock(from);
        int end = endBlock(until);
        if (first >= end) {
            addRows(from, until, into, 0);
            return;
        }
        addRows(from, first * blockRows(), into, 0);
        takeBlocks(first, end);
        addRows(end * blockRows(), until, into, 0);
    }

    private void addRows(int from, int until, long[] into, int at) {
        for (int row = from; row < until; row++) {
            if (rows.counts(row)) {
                add(row, into, at);
            }
        }
    }

    private void add(int row, long[] into, int at) {
        long place = rows.place(row);
        addTimes(row + 1L, copied.known(place), into, at);
        long event = 0;
        for (Cell cell : cells) {
            if (cell.admitted() != ViewAggregates.NONE
                            && (copied.isNull(place, cell.admitted()) || copied.raw(place, cell.admitted()) == 0)
                    || cell.value() != ViewAggregates.NONE && copied.isNull(place, cell.value())) {
                continue;
            }
            long raw = cell.value() == ViewAggregates.NONE ? 0 : copied.raw(place, cell.value());
            long taken = cell.isFloat()
                    ? cell.slots().rawOfDouble(Double.longBitsToDouble(raw))
                    : cell.slots().rawOfLong(raw);
            event = event == 0 ? rows.event(row) + RowBuffer.POSTGRES_EPOCH_MICROS : event;
            cell.slots().add(into, at + cell.at(), taken, event, copied.sequence(place));
        }
    }

    private static void addTimes(long lastRow, long known, long[] into, int at) {
        if (lastRow > 0) {
            into[at + KNOWN] = into[at + LAST_ROW] == 0 ? known : Math.max(known, into[at + KNOWN]);
            into[at + LAST_ROW] = Math.max(lastRow, into[at + LAST_ROW]);
        }
    }

    @Override
    void makeOfRows(int node, int from, int until) {
        int at = node * width;
        Arrays.fill(nodes, at, at + width, 0);
        addRows(from, until, nodes, at);
    }

    @Override
    void makeOfNodes(int node, int one, int other) {
        System.arraycopy(nodes, one * width, nodes, node * width, width);
        merge(nodes, node * width, other);
    }

    @Override
    void take(int node) {
        merge(taken, 0, node);
    }

    private void merge(long[] into, int at, int node) {
        int from = node * width;
        addTimes(nodes[from + LAST_ROW], nodes[from + KNOWN], into, at);
        for (Cell cell : cells) {
            cell.slots().merge(into, at + cell.at(), nodes, from + cell.at());
        }
    }
}
