package dev.asof.offline;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row of a {@link BlockJoin}, read from Postgres's binary format (its documentation, "COPY", "Binary Format", and
 * the {@code send} functions of the types). Fields are counted from 0, without the ordinal.
 */
public final class BlockRow {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int COUNT_BYTES = Short.BYTES;
    private static final int LENGTH_BYTES = Integer.BYTES;
    /** Dimensions, whether there are nulls, the elements' type; then size and lower bound of the dimension. */
    private static final int ARRAY_HEADER = 3 * Integer.BYTES;
    private static final int ARRAY_ELEMENTS = ARRAY_HEADER + 2 * Integer.BYTES;

    private MemorySegment bytes = MemorySegment.NULL;
    private long[] places = {};
    private int[] lengths = {};

    BlockRow() {}

    /** The first field of a row as it came. */
    static long ordinal(ByteBuffer message, int offset) {
        return message.getLong(offset + COUNT_BYTES + LENGTH_BYTES);
    }

    void read(RowBlock block, int row) {
        bytes = block.contents();
        long place = block.place(row);
        int fields = bytes.get(SHORT, place) - 1;
        if (places.length != fields) {
            places = new long[fields];
            lengths = new int[fields];
        }
        place += COUNT_BYTES + LENGTH_BYTES + Long.BYTES;
        for (int i = 0; i < fields; i++) {
            int length = bytes.get(INT, place);
            place += LENGTH_BYTES;
            places[i] = place;
            lengths[i] = length;
            place += Math.max(0, length);
        }
    }

    /** A field as a value of its type; null for SQL's null. */
    public @Nullable Object value(int field, ValueType type) {
        if (lengths[field] < 0) {
            return null;
        }
        return switch (type) {
            case ScalarType scalar -> scalar(places[field], lengths[field], scalar);
            case ListType list -> list(places[field], list.element());
        };
    }

    /** A timestamp; null for SQL's null. */
    public @Nullable Instant instant(int field) {
        return (Instant) value(field, ScalarType.TIMESTAMP);
    }

    private Object scalar(long place, int length, ScalarType type) {
        return switch (type) {
            case BOOLEAN -> bytes.get(ValueLayout.JAVA_BYTE, place) != 0;
            case INT32 -> bytes.get(INT, place);
            case INT64 -> bytes.get(LONG, place);
            case FLOAT32 -> Float.intBitsToFloat(bytes.get(INT, place));
            case FLOAT64 -> Double.longBitsToDouble(bytes.get(LONG, place));
            case STRING -> new String(copy(place, length), StandardCharsets.UTF_8);
            case BYTES -> copy(place, length);
            case TIMESTAMP -> Timestamps.ofMicros(bytes.get(LONG, place) + RowBuffer.POSTGRES_EPOCH_MICROS);
        };
    }

    private byte[] copy(long place, int length) {
        byte[] copy = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, place, copy, 0, length);
        return copy;
    }

    private List<@Nullable Object> list(long place, ScalarType element) {
        if (bytes.get(INT, place) == 0) {
            return new ArrayList<>();
        }
        int size = bytes.get(INT, place + ARRAY_HEADER);
        var list = new ArrayList<@Nullable Object>(size);
        long next = place + ARRAY_ELEMENTS;
        for (int i = 0; i < size; i++) {
            int length = bytes.get(INT, next);
            next += LENGTH_BYTES;
            list.add(length < 0 ? null : scalar(next, length, element));
            next += Math.max(0, length);
        }
        return list;
    }
}
