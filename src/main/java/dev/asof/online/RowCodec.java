package dev.asof.online;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Feature rows as they stand in Redis. A header of 18 bytes: the format, the event timestamp in microseconds and the
 * row sequence, both with their sign bit flipped so that they compare as unsigned big-endian bytes, and flags. Then,
 * unless the row deletes its key, a bitmap of null features and one of failed ones where there are any, and the
 * features that are not null in the view's order ({@link PackedValues}). Names and types stand nowhere: the key's
 * view version implies them.
 */
final class RowCodec {

    private static final byte FORMAT = 1;
    private static final int HEADER_BYTES = 18;

    private static final int DELETED = 1;
    private static final int HAS_NULLS = 2;
    private static final int HAS_FAILED = 4;

    /**
     * A row read back.
     *
     * @param values in the view's order; null also for features that were not asked for
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Unpacked(long eventMicros, boolean deleted, @Nullable Object[] values, Bitmap failed) {}

    private RowCodec() {}

    static byte[] pack(RegisteredView view, FeatureRow row) {
        List<RegisteredView.Feature> features = view.features();
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

    /**
     * Reads a row back.
     *
     * @param wanted the positions of the features to read
     */
    static Unpacked unpack(RegisteredView view, byte[] packed, IntPredicate wanted) {
        var from = ByteBuffer.wrap(packed);
        if (packed.length < HEADER_BYTES || from.get() != FORMAT) {
            throw new AsofException(
                    ErrorCode.INTERNAL, "A row of %s in Redis was not written by Asof".formatted(view.version()));
        }
        long eventMicros = from.getLong() ^ Long.MIN_VALUE;
        from.position(HEADER_BYTES - 1);
        byte flags = from.get();
        List<RegisteredView.Feature> features = view.features();
        var values = new @Nullable Object[features.size()];
        if ((flags & DELETED) != 0) {
            return new Unpacked(eventMicros, true, values, Bitmap.NONE);
        }
        var nulls = (flags & HAS_NULLS) == 0 ? Bitmap.NONE : Bitmap.read(from, values.length);
        var failed = (flags & HAS_FAILED) == 0 ? Bitmap.NONE : Bitmap.read(from, values.length);
        for (int i = 0; i < values.length; i++) {
            if (nulls.get(i)) {
                continue;
            }
            if (wanted.test(i)) {
                values[i] = PackedValues.read(from, features.get(i).type());
            } else {
                PackedValues.skip(from, features.get(i).type());
            }
        }
        return new Unpacked(eventMicros, false, values, failed);
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
