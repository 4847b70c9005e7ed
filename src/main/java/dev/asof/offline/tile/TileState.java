package dev.asof.offline.tile;

import dev.asof.registry.ViewAggregates;
import dev.asof.transform.window.AggregateState;
import org.jspecify.annotations.Nullable;

/** What a tile has of its rows. For one thread. */
final class TileState {

    private final ViewAggregates aggregates;
    final @Nullable AggregateState[] cells;

    /** Of the rows that count; {@link Long#MIN_VALUE} with none. */
    long lastEvent = Long.MIN_VALUE;

    long lastKnown = Long.MIN_VALUE;

    /** Of all rows, and of those that replace one of them: a reading that sees all of these sees the tile as it is. */
    long knownMin = Long.MAX_VALUE;

    long knownMax = Long.MIN_VALUE;
    long batchMin = Long.MAX_VALUE;
    long batchMax = Long.MIN_VALUE;

    TileState(ViewAggregates aggregates) {
        this.aggregates = aggregates;
        this.cells = new @Nullable AggregateState[aggregates.cells().size()];
    }

    /** A row that is there, or one that replaces a row that is there. */
    void see(long known, long batch) {
        knownMin = Math.min(knownMin, known);
        knownMax = Math.max(knownMax, known);
        batchMin = Math.min(batchMin, batch);
        batchMax = Math.max(batchMax, batch);
    }

    /** A row that counts. */
    void count(@Nullable Object[] kept, long event, long sequence, long known) {
        lastEvent = Math.max(lastEvent, event);
        lastKnown = Math.max(lastKnown, known);
        for (int cell = 0; cell < cells.length; cell++) {
            aggregates.add(cell, cell(cell), kept, event, sequence);
        }
    }

    /** Adds the rows of a tile that stands within this one. */
    void merge(TileState other) {
        lastEvent = Math.max(lastEvent, other.lastEvent);
        lastKnown = Math.max(lastKnown, other.lastKnown);
        knownMin = Math.min(knownMin, other.knownMin);
        knownMax = Math.max(knownMax, other.knownMax);
        batchMin = Math.min(batchMin, other.batchMin);
        batchMax = Math.max(batchMax, other.batchMax);
        for (int cell = 0; cell < cells.length; cell++) {
            var theirs = other.cells[cell];
            if (theirs != null) {
                cell(cell).merge(theirs);
            }
        }
    }

    private AggregateState cell(int position) {
        var state = cells[position];
        if (state == null) {
            state = aggregates.cells().get(position).kind().empty();
            cells[position] = state;
        }
        return state;
    }
}
