package dev.asof.online.row;

import dev.asof.online.ValueStatus;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import org.jspecify.annotations.Nullable;

/** A packed row, read where it lies: no object is made for a value, but by {@link #value}. */
public final class PackedRow {

    private final RowLayout layout;
    private final byte[] packed;
    private final int flags;
    private final int[] offsets;

    /** @throws AsofException INTERNAL when these bytes are no row */
    public PackedRow(RowLayout layout, byte[] packed) {
        if (packed.length < RowCodec.HEADER_BYTES || packed[0] != RowCodec.FORMAT) {
            throw new AsofException(
                    ErrorCode.INTERNAL,
                    "A row of %s in Redis was not written by Asof"
                            .formatted(layout.view().version()));
        }
        this.layout = layout;
        this.packed = packed;
        this.flags = packed[RowCodec.HEADER_BYTES - 1];
        this.offsets = isDeleted() ? new int[0] : layout.offsets(packed, flags);
    }

    /** Whether the row says that its key is gone; it then has no features. */
    public boolean isDeleted() {
        return (flags & RowCodec.DELETED) != 0;
    }

    public long eventMicros() {
        return PackedValues.int64(packed, 1) ^ Long.MIN_VALUE;
    }

    public ValueStatus status(int feature) {
        if (offsets[feature] != RowLayout.IS_NULL) {
            return ValueStatus.PRESENT;
        }
        return hasFailed(feature) ? ValueStatus.ERROR : ValueStatus.NULL_VALUE;
    }

    private boolean hasFailed(int feature) {
        if ((flags & RowCodec.HAS_FAILED) == 0) {
            return false;
        }
        // a failed feature is null, so the bitmap of nulls stands before that of failed ones
        int bitmap = RowCodec.HEADER_BYTES + Bitmap.bytesFor(offsets.length);
        return Bitmap.get(packed, bitmap, feature);
    }

    /** A feature's value as {@link dev.asof.shared.FeatureRow} has it, made anew each time; null where there is none. */
    public @Nullable Object value(int feature) {
        int offset = offsets[feature];
        return offset == RowLayout.IS_NULL ? null : PackedValues.read(packed, offset, layout.type(feature));
    }

    public void write(int feature, JsonBytes json, boolean int64AsText) {
        int offset = offsets[feature];
        if (offset == RowLayout.IS_NULL) {
            json.nothing();
        } else {
            PackedValues.write(packed, offset, layout.type(feature), json, int64AsText);
        }
    }
}
