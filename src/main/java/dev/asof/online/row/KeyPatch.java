package dev.asof.online.row;

import dev.asof.online.Publication;
import dev.asof.online.PublishedKey;
import dev.asof.registry.RegisteredView;
import dev.asof.transform.window.KeyTiles;
import java.util.Arrays;
import java.util.List;

/**
 * A part of a key that was replaced since the whole was published: a tile of the finest level, or the newest row. How many bytes
 * it has, generation and number of the publication, when the tile begins, its sign bit flipped, and the tile's level; then the
 * tile as the only one of a key, or the row. Redis's scripts know all but the last.
 */
public final class KeyPatch {

    private static final int START_AT = Integer.BYTES + 2 * Long.BYTES;
    private static final int LEVEL_AT = START_AT + Long.BYTES;
    private static final int HEADER_BYTES = LEVEL_AT + 1;

    /** In place of a level, and of a beginning: after every tile. */
    private static final byte ROW = Byte.MAX_VALUE;

    private static final long ROW_START = Long.MAX_VALUE;

    private final byte[] packed;
    private final int at;

    KeyPatch(byte[] packed, int at) {
        this.packed = packed;
        this.at = at;
    }

    /** The patches of one key, one after the other. */
    public static byte[] pack(RegisteredView view, Publication publication, PublishedKey key) {
        var layout = TileLayout.of(view);
        var out = new PackedValues.Writer(512);
        key.newest().ifPresent(row -> put(out, publication, ROW_START, ROW, RowCodec.pack(view, row)));
        var tiles = key.tiles();
        for (KeyTiles.Tile tile : tiles.tiles()) {
            var alone = new KeyTiles(tiles.closed(), tile.greatestEvent(), tiles.newest(), List.of(tile));
            var bytes = new PackedValues.Writer(256);
            TileWriter.write(layout, alone, bytes);
            put(out, publication, tile.start(), (byte) tile.level().ordinal(), bytes.toBytes());
        }
        return out.toBytes();
    }

    private static void put(PackedValues.Writer out, Publication publication, long start, byte level, byte[] part) {
        out.putInt32(HEADER_BYTES + part.length)
                .put(publication.generation())
                .put(publication.number())
                .put(start ^ Long.MIN_VALUE)
                .put(level)
                .put(part);
    }

    int end() {
        return at + PackedValues.int32(packed, at);
    }

    boolean isRow() {
        return packed[at + LEVEL_AT] == ROW;
    }

    /** The newest row. */
    byte[] row() {
        return Arrays.copyOfRange(packed, at + HEADER_BYTES, end());
    }

    /** When the tile begins. */
    long start() {
        return PackedValues.int64(packed, at + START_AT) ^ Long.MIN_VALUE;
    }

    /** The tile alone. */
    PackedTiles tiles(TileLayout layout) {
        return new PackedTiles(layout, packed, at + HEADER_BYTES);
    }
}
