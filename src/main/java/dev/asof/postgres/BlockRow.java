package dev.asof.postgres;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One row of a {@code BlockJoin}, read from Postgres's binary format (its documentation, "COPY", "Binary Format", and
 * the {@code send} functions of the types). Fields are counted from 0, without the ordinal.
 */
public final class BlockRow {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG_IN_ARRAY =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int COUNT_BYTES = Short.BYTES;
    private static final int LENGTH_BYTES = Integer.BYTES;

    private MemorySegment[] bytes = {};
    private long[] places = {};
    private int[] lengths = {};

    public BlockRow() {}

    /** The first field of a row as it came. */
    public static long ordinal(byte[] message, int offset) {
        return (long) LONG_IN_ARRAY.get(message, offset + COUNT_BYTES + LENGTH_BYTES);
    }

    /** Makes it a row of so many fields, whose values are to be set. */
    public void resize(int fields) {
        if (places.length != fields) {
            bytes = new MemorySegment[fields];
            places = new long[fields];
            lengths = new int[fields];
        }
    }

    /** Reads all fields of a row as it came, but for the first. */
    public void readAll(MemorySegment from, long place) {
        resize(fieldsAt(from, place));
        readFirst(from, place, places.length);
    }

    /** Reads the first fields of a row as it came, without the very first. */
    public void readFirst(MemorySegment from, long place, int count) {
        long next = place + COUNT_BYTES + LENGTH_BYTES + Long.BYTES;
        for (int i = 0; i < count; i++) {
            next = read(i, from, next);
        }
    }

    /** How many fields a row has as it came, without the first. */
    static int fieldsAt(MemorySegment from, long place) {
        return from.get(SHORT, place) - 1;
    }

    /**
     * Reads fields that stand one after the other, each with its length before it.
     *
     * @param fields which ones they are, in their order; -1 for one to be skipped
     */
    public void read(MemorySegment from, long place, int[] fields) {
        long next = place;
        for (int field : fields) {
            next = field < 0 ? next + LENGTH_BYTES + Math.max(0, from.get(INT, next)) : read(field, from, next);
        }
    }

    /** Returns where the next field is. */
    private long read(int field, MemorySegment from, long place) {
        int length = from.get(INT, place);
        set(field, from, place + LENGTH_BYTES, length);
        return place + LENGTH_BYTES + Math.max(0, length);
    }

    /** Sets a field of which only the value stands somewhere. */
    public void set(int field, MemorySegment from, long place, int length) {
        bytes[field] = from;
        places[field] = place;
        lengths[field] = length;
    }

    /** Sets fields to null; -1 stands for none. */
    public void setNull(int... fields) {
        for (int field : fields) {
            if (field >= 0) {
                lengths[field] = -1;
            }
        }
    }

    /** Where the byte after a field is. */
    public long end(int field) {
        return places[field] + Math.max(0, lengths[field]);
    }

    public boolean isNull(int field) {
        return lengths[field] < 0;
    }

    /** How many bytes a field has; none for null. */
    public int length(int field) {
        return Math.max(0, lengths[field]);
    }

    /** Copies a field's bytes. */
    public void copy(int field, MemorySegment to, long place) {
        MemorySegment.copy(bytes[field], places[field], to, place, length(field));
    }

    /** A boolean that isn't null. */
    public boolean bool(int field) {
        return bytes[field].get(ValueLayout.JAVA_BYTE, places[field]) != 0;
    }

    /** A field of four bytes that isn't null, as it came. */
    public int int32(int field) {
        return bytes[field].get(INT, places[field]);
    }

    /** A field of eight bytes that isn't null, as it came. */
    public long int64(int field) {
        return bytes[field].get(LONG, places[field]);
    }

    /** A field as a value of its type; null for SQL's null. */
    public @Nullable Object value(int field, ValueType type) {
        if (lengths[field] < 0) {
            return null;
        }
        return switch (type) {
            case ScalarType scalar -> PostgresType.of(scalar).ofBinary(bytes[field], places[field], lengths[field]);
            case ListType list -> PostgresArray.ofBinary(bytes[field], places[field], PostgresType.of(list.element()));
        };
    }

    /** A timestamp; null for SQL's null. */
    public @Nullable Instant instant(int field) {
        return (Instant) value(field, ScalarType.TIMESTAMP);
    }
}
