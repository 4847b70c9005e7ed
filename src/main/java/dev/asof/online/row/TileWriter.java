package dev.asof.online.row;

import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.KeyTiles.Tile;
import dev.asof.transform.window.Slots;
import dev.asof.transform.window.StateWriter;
import dev.asof.transform.window.TileLevel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Packs tiles: when they were published and what the finest level is; when the last event took place; for each cell that has one
 * state for the key, its length and the state; then each level, how many tiles it has and when the first begins, and its columns
 * as {@link TileLayout} has them. {@link PackedTiles} reads them.
 */
final class TileWriter {

    private static final byte[] NOTHING = {};

    private final TileLayout layout;
    private final PackedValues.Writer out;

    private TileWriter(TileLayout layout, PackedValues.Writer out) {
        this.layout = layout;
        this.out = out;
    }

    static void write(TileLayout layout, KeyTiles tiles, PackedValues.Writer out) {
        new TileWriter(layout, out).write(tiles);
    }

    private void write(KeyTiles tiles) {
        out.put(tiles.closed().now())
                .put((byte) tiles.closed().finest().ordinal())
                .put(tiles.newestEvent());
        for (int cell = 0; cell < layout.cells(); cell++) {
            if (layout.isOfKey(cell)) {
                byte[] state = encoded(tiles.newest().get(cell));
                out.putInt32(state.length).put(state);
            }
        }
        Map<TileLevel, List<Tile>> byLevel =
                tiles.tiles().stream().collect(Collectors.groupingBy(Tile::level, TreeMap::new, Collectors.toList()));
        out.put((byte) byLevel.size());
        byLevel.forEach(this::writeLevel);
    }

    private void writeLevel(TileLevel level, List<Tile> tiles) {
        long first = tiles.getFirst().start() / level.micros();
        out.put((byte) level.ordinal()).putInt32(tiles.size()).put(first);
        var columns = new ColumnWriter(out);
        columns.longs(tiles.stream()
                .mapToLong(tile -> tile.start() / level.micros() - first)
                .toArray());
        if (layout.keepsEvents()) {
            columns.longs(tiles.stream()
                    .mapToLong(tile -> tile.greatestEvent() - tile.start())
                    .toArray());
        }
        for (int cell = 0; cell < layout.cells(); cell++) {
            if (!layout.isOfKey(cell)) {
                writeCell(cell, tiles, columns);
            }
        }
    }

    private void writeCell(int cell, List<Tile> tiles, ColumnWriter columns) {
        Slots slots = layout.slots(cell);
        if (slots == null) {
            columns.bytes(
                    tiles.stream().map(tile -> encoded(tile.cells().get(cell))).toArray(byte[][]::new));
            return;
        }
        long[][] bySlot = new long[slots.width()][tiles.size()];
        long[] state = new long[slots.width()];
        for (int tile = 0; tile < tiles.size(); tile++) {
            var kept = tiles.get(tile).cells().get(cell);
            if (kept != null) {
                slots.copy(kept, state);
                for (int slot = 0; slot < state.length; slot++) {
                    bySlot[slot][tile] = state[slot];
                }
            }
        }
        for (long[] column : bySlot) {
            columns.states(column);
        }
    }

    private static byte[] encoded(@Nullable AggregateState state) {
        if (state == null || state.isEmpty()) {
            return NOTHING;
        }
        var out = new StateWriter();
        state.encode(out);
        return out.toBytes();
    }
}
