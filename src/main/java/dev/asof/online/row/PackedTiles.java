package dev.asof.online.row;

import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.Slots;
import dev.asof.transform.window.StateReader;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TileScheme.Closed;
import org.jspecify.annotations.Nullable;

/**
 * Tiles of a key as {@link TileWriter} wrote them, read where they lie: a window's states are sums over columns, and no object
 * is made for a tile.
 */
final class PackedTiles {

    private static final TileLevel[] LEVELS = TileLevel.values();

    /** Tiles of one level, oldest first. */
    static final class Level {

        private final TileLayout layout;
        private final byte[] packed;
        private final TileLevel level;
        private final long first;
        private final ColumnReader columns;

        private Level(TileLayout layout, byte[] packed, int from) {
            this.layout = layout;
            this.packed = packed;
            this.level = LEVELS[packed[from]];
            int count = PackedValues.int32(packed, from + 1);
            this.first = PackedValues.int64(packed, from + 1 + Integer.BYTES);
            this.columns = new ColumnReader(packed, from + 1 + Integer.BYTES + Long.BYTES, count, layout.columns());
            columns.next();
            if (layout.keepsEvents()) {
                columns.next();
            }
            for (int cell = 0; cell < layout.cells(); cell++) {
                passCell(cell);
            }
        }

        private void passCell(int cell) {
            if (layout.isOfKey(cell)) {
                return;
            }
            Slots slots = layout.slots(cell);
            if (slots == null) {
                columns.nextBytes();
                return;
            }
            for (int slot = 0; slot < slots.width(); slot++) {
                columns.next();
            }
        }

        TileLevel level() {
            return level;
        }

        int count() {
            return columns.count();
        }

        /** When a tile begins, in microseconds. */
        long start(int tile) {
            return (first + columns.int64(TileLayout.STARTS, tile)) * level.micros();
        }

        /** When the last event of a tile took place, where it is kept. */
        long event(int tile) {
            return start(tile) + columns.int64(TileLayout.EVENTS, tile);
        }

        /** The first tile that begins at an instant or after it; their number if none does. */
        int position(long instant) {
            int low = 0;
            int high = columns.count();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (start(middle) < instant) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        /**
         * Adds a cell's states, which are kept in slots, of some tiles.
         *
         * @param buffer for as many states
         */
        void merge(int cell, Slots slots, int from, int until, long[] into, long[] buffer) {
            int column = layout.firstColumn(cell);
            int width = slots.width();
            for (int slot = 0; slot < width; slot++) {
                columns.copy(column + slot, from, until, buffer, slot, width);
            }
            slots.mergeAll(into, 0, buffer, until - from);
        }

        /** Adds a cell's states, which are encoded, of some tiles. */
        void merge(int cell, int from, int until, AggregateState into) {
            int column = layout.firstColumn(cell);
            for (int tile = from; tile < until; tile++) {
                int begin = columns.from(column, tile);
                int end = columns.from(column, tile + 1);
                if (begin < end) {
                    into.mergeEncoded(new StateReader(packed, begin, end));
                }
            }
        }
    }

    private final byte[] packed;
    private final Closed closed;
    private final long newestEvent;
    private final int[] keyStates;
    /** By the ordinal of the level; null where it has no tiles. */
    private final @Nullable Level[] levels = new @Nullable Level[LEVELS.length];

    private final int end;

    PackedTiles(TileLayout layout, byte[] packed, int from) {
        this.packed = packed;
        this.closed = new Closed(PackedValues.int64(packed, from), LEVELS[packed[from + Long.BYTES]]);
        this.newestEvent = PackedValues.int64(packed, from + Long.BYTES + 1);
        this.keyStates = new int[layout.cells()];
        int at = from + 2 * Long.BYTES + 1;
        for (int cell = 0; cell < keyStates.length; cell++) {
            if (layout.isOfKey(cell)) {
                keyStates[cell] = at;
                at += Integer.BYTES + PackedValues.int32(packed, at);
            }
        }
        int count = packed[at++];
        for (int i = 0; i < count; i++) {
            var level = new Level(layout, packed, at);
            levels[level.level().ordinal()] = level;
            at = level.columns.end();
        }
        this.end = at;
    }

    Closed closed() {
        return closed;
    }

    /** When the last event took place; {@link WindowValues#NO_EVENT} if there is none. */
    long newestEvent() {
        return newestEvent;
    }

    /** Tiles of a level; null if there are none. */
    @Nullable
    Level level(TileLevel level) {
        return levels[level.ordinal()];
    }

    /** Adds the one state of a cell that the key has. */
    void mergeOfKey(int cell, AggregateState into) {
        int at = keyStates[cell];
        int length = PackedValues.int32(packed, at);
        if (length > 0) {
            int begin = at + Integer.BYTES;
            into.mergeEncoded(new StateReader(packed, begin, begin + length));
        }
    }

    /** The first byte after them. */
    int end() {
        return end;
    }
}
