package dev.asof.offline.copy;

import dev.asof.postgres.RowBuffer;
import dev.asof.registry.ViewAggregates;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.StateReader;
import dev.asof.transform.window.StateWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One state of a varying size, as sketches and lists have, over a key's rows: nodes are kept as bytes. What was asked for last is kept for each
 * window, as the next answer has mostly the same blocks and some more.
 */
final class StateTree extends BlockTree {

    private static final int LEAST_BLOCK_ROWS = 64;

    private static final byte[] NONE = {};

    /** The blocks that an answer was made of. */
    private static final class Before {
        private int from;
        private int until;
        private @Nullable AggregateState state;
    }

    private final KeyRows rows;
    private final CopiedRows copied;
    private final ViewAggregates aggregates;
    private final int cell;
    private final ViewAggregates.Cell reads;
    private final @Nullable Object[] kept;
    private final Before[] before;
    private byte[][] nodes = {};
    private AggregateState taken;

    /**
     * @param cell position in the view's cells
     * @param windows how many ask, each for rows further on than before
     * @param mostBlocks as there may be several of these
     */
    StateTree(KeyRows rows, CopiedRows copied, ViewAggregates aggregates, int cell, int windows, int mostBlocks) {
        super(LEAST_BLOCK_ROWS, mostBlocks);
        this.rows = rows;
        this.copied = copied;
        this.aggregates = aggregates;
        this.cell = cell;
        this.reads = aggregates.cells().get(cell);
        this.kept = new @Nullable Object[copied.kept().size()];
        this.before = new Before[windows];
        Arrays.setAll(before, _ -> new Before());
        this.taken = reads.kind().empty();
    }

    void begin() {
        begin(rows.size());
        if (nodes.length < nodes()) {
            nodes = new byte[nodes()][];
        }
        Arrays.fill(nodes, NONE);
        for (Before window : before) {
            window.state = null;
        }
    }

    @Override
    void changed(int row) {
        super.changed(row);
        int block = row / blockRows();
        for (Before window : before) {
            if (block >= window.from && block < window.until) {
                window.state = null;
            }
        }
    }

    /** The state of the rows that count from one up to another. */
    AggregateState answer(int window, int from, int until) {
        var state = reads.kind().empty();
        int first = firstBlock(from);
        int end = endBlock(until);
        if (first >= end) {
            addRows(from, until, state);
            return state;
        }
        addRows(from, first * blockRows(), state);
        state.merge(blocks(before[window], first, end));
        addRows(end * blockRows(), until, state);
        return state;
    }

    private AggregateState blocks(Before window, int first, int end) {
        var state = window.state;
        boolean goesOn = state != null && window.from == first && window.until <= end;
        int from = goesOn ? window.until : first;
        taken = state != null && goesOn ? state : reads.kind().empty();
        takeBlocks(from, end);
        window.from = first;
        window.until = end;
        window.state = taken;
        return taken;
    }

    private void addRows(int from, int until, AggregateState into) {
        for (int row = from; row < until; row++) {
            if (rows.counts(row)) {
                long place = rows.place(row);
                keep(place, reads.admitted());
                keep(place, reads.value());
                keep(place, reads.valueHash());
                keep(place, reads.key());
                keep(place, reads.keyHash());
                long event = rows.event(row) + RowBuffer.POSTGRES_EPOCH_MICROS;
                aggregates.add(cell, into, kept, event, copied.sequence(place));
            }
        }
    }

    private void keep(long place, int input) {
        if (input != ViewAggregates.NONE) {
            kept[input] = copied.value(place, input);
        }
    }

    @Override
    void makeOfRows(int node, int from, int until) {
        var state = reads.kind().empty();
        addRows(from, until, state);
        put(node, state);
    }

    @Override
    void makeOfNodes(int node, int one, int other) {
        var state = reads.kind().empty();
        state.mergeEncoded(new StateReader(nodes[one]));
        state.mergeEncoded(new StateReader(nodes[other]));
        put(node, state);
    }

    private void put(int node, AggregateState state) {
        var bytes = new StateWriter();
        state.encode(bytes);
        nodes[node] = bytes.toBytes();
    }

    @Override
    void take(int node) {
        taken.mergeEncoded(new StateReader(nodes[node]));
    }
}
