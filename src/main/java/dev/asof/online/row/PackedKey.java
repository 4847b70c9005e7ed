package dev.asof.online.row;

import dev.asof.online.Publication;
import dev.asof.online.PublishedKey;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TileScheme.Closed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys of views with aggregates as they stand in Redis. A header: the format; generation and number of the publication, where
 * {@link RowCodec} has what newer rows win by; flags; where the patches begin and how many bytes they have; when the finest
 * tiles begin that may be patched, its sign bit flipped; the finest level. Then the newest row, if the view has features that
 * are no aggregates, the {@linkplain TileWriter tiles}, and the {@linkplain KeyPatch patches}. Redis's scripts know the header.
 */
public final class PackedKey {

    static final byte FORMAT = 2;

    static final int HEADER_BYTES = 35;

    /** More is answered from Postgres: the key is a header alone. */
    static final int MOST_BYTES = 1 << 20;

    private static final int FLAGS = 17;
    private static final int PATCHES_AT = 18;
    private static final int PATCHES_BYTES = 22;

    private static final int HAS_ROW = 1;
    private static final int IS_TOO_LARGE = 2;

    private final byte[] packed;
    private final boolean hasRow;
    private final int rowBytes;

    /** @throws AsofException INTERNAL when these bytes are no key of a view with aggregates */
    public PackedKey(RegisteredView view, byte[] packed) {
        if (packed.length < HEADER_BYTES || packed[0] != FORMAT || isElsewhere(packed)) {
            throw new AsofException(
                    ErrorCode.INTERNAL, "A key of %s in Redis was not written by Asof".formatted(view.version()));
        }
        this.packed = packed;
        this.hasRow = (packed[FLAGS] & HAS_ROW) != 0;
        this.rowBytes = hasRow ? PackedValues.int32(packed, HEADER_BYTES) : 0;
    }

    /** Whether what stands in Redis can only be read in Postgres: it is too large, or of a format that a newer server writes. */
    public static boolean isElsewhere(byte[] packed) {
        return packed.length > FLAGS
                && (packed[0] > FORMAT || packed[0] == FORMAT && (packed[FLAGS] & IS_TOO_LARGE) != 0);
    }

    /** Packs a key for Redis: what is too large for it is a header alone, so that an older publication doesn't come back. */
    public static byte[] pack(RegisteredView view, Publication publication, PublishedKey key) {
        byte[] packed = packWhole(view, publication, key);
        if (packed.length <= MOST_BYTES) {
            return packed;
        }
        var header = new PackedValues.Writer(HEADER_BYTES);
        header(header, publication, IS_TOO_LARGE, key.tiles().closed());
        byte[] alone = header.toBytes();
        PackedValues.setInt32(alone, PATCHES_AT, alone.length);
        return alone;
    }

    /** Packs a key however large it is. */
    public static byte[] packWhole(RegisteredView view, Publication publication, PublishedKey key) {
        var out = new PackedValues.Writer(1024);
        boolean readsRow = !view.rowFeatures().isEmpty();
        var row =
                key.newest().filter(newest -> readsRow && !newest.deleted()).map(newest -> RowCodec.pack(view, newest));
        header(out, publication, row.isPresent() ? HAS_ROW : 0, key.tiles().closed());
        row.ifPresent(bytes -> out.putInt32(bytes.length).put(bytes));
        TileWriter.write(TileLayout.of(view), key.tiles(), out);
        byte[] packed = out.toBytes();
        PackedValues.setInt32(packed, PATCHES_AT, packed.length);
        return packed;
    }

    private static void header(PackedValues.Writer out, Publication publication, int flags, Closed closed) {
        out.put(FORMAT)
                .put(publication.generation())
                .put(publication.number())
                .put((byte) flags)
                .putInt32(0)
                .putInt32(0)
                .put(openFrom(closed) ^ Long.MIN_VALUE)
                .put((byte) closed.finest().ordinal());
    }

    /** Where the tiles begin that are part of no coarser one yet. */
    private static long openFrom(Closed closed) {
        return TileLevel.values()[closed.finest().ordinal() + 1].floor(closed.now());
    }

    /** The newest row; null if there is none, it deletes the key, or the view's features are all aggregates. */
    public byte @Nullable [] row() {
        byte[] row = hasRow
                ? Arrays.copyOfRange(packed, HEADER_BYTES + Integer.BYTES, HEADER_BYTES + Integer.BYTES + rowBytes)
                : null;
        for (var patch : patches()) {
            row = patch.isRow() ? patch.row() : row;
        }
        return row;
    }

    PackedTiles tiles(TileLayout layout) {
        return new PackedTiles(layout, packed, HEADER_BYTES + (hasRow ? Integer.BYTES + rowBytes : 0));
    }

    /** What was patched since; of a place once. */
    List<KeyPatch> patches() {
        int at = PackedValues.int32(packed, PATCHES_AT);
        int end = at + PackedValues.int32(packed, PATCHES_BYTES);
        if (at == end) {
            return List.of();
        }
        var patches = new ArrayList<KeyPatch>();
        while (at < end) {
            var patch = new KeyPatch(packed, at);
            patches.add(patch);
            at = patch.end();
        }
        return patches;
    }
}
