package dev.asof.online.row;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import org.jspecify.annotations.Nullable;

/** Where the features of a view version's packed rows begin: known beforehand, unless nulls or text stand between. */
public final class RowLayout {

    /** In place of an offset, for a feature that is null. */
    static final int IS_NULL = -1;

    private final RegisteredView view;
    private final ValueType[] types;
    /** Of rows without nulls; null when it depends on the row. */
    private final int @Nullable [] fixed;

    public RowLayout(RegisteredView view) {
        this.view = view;
        this.types =
                view.rowFeatures().stream().map(RegisteredView.Feature::type).toArray(ValueType[]::new);
        this.fixed = fixedOffsets(types);
    }

    private static int @Nullable [] fixedOffsets(ValueType[] types) {
        int[] offsets = new int[types.length];
        int offset = RowCodec.HEADER_BYTES;
        for (int i = 0; i < types.length; i++) {
            offsets[i] = offset;
            int width = types[i] instanceof ScalarType scalar ? PackedValues.width(scalar) : PackedValues.VARIABLE;
            if (width == PackedValues.VARIABLE) {
                if (i < types.length - 1) {
                    return null;
                }
                width = 0;
            }
            offset += width;
        }
        return offsets;
    }

    public RegisteredView view() {
        return view;
    }

    ValueType type(int feature) {
        return types[feature];
    }

    /** For each feature the position of its first byte, or {@link #IS_NULL}; callers must not change it. */
    int[] offsets(byte[] packed, int flags) {
        return fixed != null && (flags & RowCodec.HAS_NULLS) == 0 && (flags & RowCodec.HAS_FAILED) == 0
                ? fixed
                : offsetsIn(packed, flags);
    }

    private int[] offsetsIn(byte[] packed, int flags) {
        int bitmap = Bitmap.bytesFor(types.length);
        boolean hasNulls = (flags & RowCodec.HAS_NULLS) != 0;
        int offset =
                RowCodec.HEADER_BYTES + (hasNulls ? bitmap : 0) + ((flags & RowCodec.HAS_FAILED) != 0 ? bitmap : 0);
        int[] offsets = new int[types.length];
        for (int i = 0; i < types.length; i++) {
            if (hasNulls && Bitmap.get(packed, RowCodec.HEADER_BYTES, i)) {
                offsets[i] = IS_NULL;
            } else {
                offsets[i] = offset;
                offset = PackedValues.end(packed, offset, types[i]);
            }
        }
        return offsets;
    }
}
