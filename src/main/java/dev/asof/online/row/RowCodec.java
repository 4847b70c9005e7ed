package dev.asof.online.row;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import java.util.List;

/**
 * Feature rows as they stand in Redis. A header of 18 bytes: the format, the event timestamp in microseconds and the
 * row sequence, both with their sign bit flipped so that they compare as unsigned big-endian bytes, and flags. Then,
 * unless the row deletes its key, a bitmap of null features and one of failed ones where there are any, and the
 * features that are not null in the view's order ({@link PackedValues}). Names and types stand nowhere: the key's
 * view version implies them. {@link PackedRow} reads them.
 */
public final class RowCodec {

    static final byte FORMAT = 1;
    static final int HEADER_BYTES = 18;

    static final int DELETED = 1;
    static final int HAS_NULLS = 2;
    static final int HAS_FAILED = 4;

    private RowCodec() {}

    public static byte[] pack(RegisteredView view, FeatureRow row) {
        List<RegisteredView.Feature> features = view.rowFeatures();
        var nulls = nulls(row);
        var failed = failed(row);
        var out = new PackedValues.Writer(HEADER_BYTES + Long.BYTES * features.size() + nulls.bytes().length * 2);
        out.put(FORMAT)
                .put(Timestamps.toMicros(row.eventTimestamp()) ^ Long.MIN_VALUE)
                .put(row.rowSequence() ^ Long.MIN_VALUE)
                .put(flags(row.deleted(), nulls, failed));
        if (row.deleted()) {
            return out.toBytes();
        }
        if (!nulls.isEmpty()) {
            out.put(nulls.bytes());
        }
        if (!failed.isEmpty()) {
            out.put(failed.bytes());
        }
        for (int i = 0; i < features.size(); i++) {
            Object value = row.values()[i];
            if (value != null) {
                out.put(features.get(i).type(), value);
            }
        }
        return out.toBytes();
    }

    private static Bitmap nulls(FeatureRow row) {
        var nulls = new Bitmap(row.values().length);
        for (int i = 0; i < row.values().length; i++) {
            if (row.values()[i] == null) {
                nulls.set(i);
            }
        }
        return nulls;
    }

    private static Bitmap failed(FeatureRow row) {
        if (row.failed().length == 0) {
            return Bitmap.NONE;
        }
        var failed = new Bitmap(row.values().length);
        for (int position : row.failed()) {
            failed.set(position);
        }
        return failed;
    }

    private static byte flags(boolean deleted, Bitmap nulls, Bitmap failed) {
        if (deleted) {
            return DELETED;
        }
        return (byte) ((nulls.isEmpty() ? 0 : HAS_NULLS) | (failed.isEmpty() ? 0 : HAS_FAILED));
    }
}
