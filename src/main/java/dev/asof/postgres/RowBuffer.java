package dev.asof.postgres;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows for one table in Postgres's binary COPY format, kept in memory until {@link RowCopier#copy} sends them. Not for
 * several threads at once.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-copy.html">COPY, binary format</a>
 */
public final class RowBuffer {

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final byte[] HEADER = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    static final int HEADER_BYTES = HEADER.length;
    private static final int TRAILER_BYTES = 2;
    private static final int NULL_LENGTH = -1;
    private static final int SMALLINT_OID = 21;

    /** Postgres counts timestamps from 2000-01-01. */
    public static final long POSTGRES_EPOCH_MICROS = Timestamps.toMicros(Instant.parse("2000-01-01T00:00:00Z"));

    private final String table;
    private final List<String> columns;
    private byte[] bytes;
    private int size;
    private int rows;

    /**
     * @param table the table's quoted name
     * @param columns the columns' bare names, in the order in which every row writes them
     */
    public RowBuffer(String table, List<String> columns) {
        this.table = table;
        this.columns = List.copyOf(columns);
        this.bytes = Arrays.copyOf(HEADER, 8 * 1024);
        this.size = HEADER.length;
    }

    /** The statement that takes these rows. */
    String copyStatement() {
        return "copy %s (%s) from stdin (format binary)".formatted(table, Sql.quotedList(columns));
    }

    public int rows() {
        return rows;
    }

    /** How much memory the rows take. */
    public int sizeInBytes() {
        return size;
    }

    public RowBuffer startRow() {
        ensure(2);
        SHORT.set(bytes, size, (short) columns.size());
        size += 2;
        rows++;
        return this;
    }

    public RowBuffer nullValue() {
        return length(NULL_LENGTH);
    }

    public RowBuffer bool(boolean value) {
        length(1);
        bytes[size++] = (byte) (value ? 1 : 0);
        return this;
    }

    public RowBuffer int16(int value) {
        length(2);
        SHORT.set(bytes, size, (short) value);
        size += 2;
        return this;
    }

    RowBuffer int32(int value) {
        length(4);
        INT.set(bytes, size, value);
        size += 4;
        return this;
    }

    public RowBuffer int64(long value) {
        length(8);
        LONG.set(bytes, size, value);
        size += 8;
        return this;
    }

    public RowBuffer timestamp(Instant value) {
        return int64(Timestamps.toMicros(value) - POSTGRES_EPOCH_MICROS);
    }

    public RowBuffer text(String value) {
        int upperBound = value.length() * 3;
        ensure(4 + upperBound);
        int start = size + 4;
        int ascii = putAscii(value, start);
        if (ascii == value.length()) {
            INT.set(bytes, size, ascii);
            size = start + ascii;
            return this;
        }
        return binary(value.getBytes(StandardCharsets.UTF_8));
    }

    public RowBuffer binary(byte[] value) {
        length(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    /** Writes a value of the class that {@link ValueType} lists for the type; null as null. */
    public RowBuffer value(ValueType type, @Nullable Object value) {
        if (value == null) {
            return nullValue();
        }
        return switch (type) {
            case ScalarType scalar -> scalar(scalar, value);
            case ListType list -> array(list.element(), (List<?>) value);
        };
    }

    private RowBuffer scalar(ScalarType type, Object value) {
        return switch (type) {
            case BOOLEAN -> bool((Boolean) value);
            case INT32 -> int32((Integer) value);
            case INT64 -> int64((Long) value);
            case FLOAT32 -> int32(Float.floatToRawIntBits((Float) value));
            case FLOAT64 -> int64(Double.doubleToRawLongBits((Double) value));
            case STRING -> text((String) value);
            case BYTES -> binary((byte[]) value);
            case TIMESTAMP -> timestamp((Instant) value);
        };
    }

    /** Writes {@code smallint[]}, which holds no nulls here. */
    public RowBuffer shortArray(int[] values) {
        length(20 + 6 * values.length);
        putInt(1);
        putInt(0);
        putInt(SMALLINT_OID);
        putInt(values.length);
        putInt(1);
        for (int value : values) {
            putInt(2);
            ensure(2);
            SHORT.set(bytes, size, (short) value);
            size += 2;
        }
        return this;
    }

    private RowBuffer array(ScalarType element, List<?> values) {
        int lengthAt = size;
        length(0);
        putInt(values.isEmpty() ? 0 : 1);
        putInt(hasNull(values) ? 1 : 0);
        putInt(elementOid(element));
        if (!values.isEmpty()) {
            putInt(values.size());
            putInt(1);
            for (Object value : values) {
                value(element, value);
            }
        }
        INT.set(bytes, lengthAt, size - lengthAt - 4);
        return this;
    }

    /** {@code contains} may throw for null. */
    private static boolean hasNull(List<?> values) {
        for (Object value : values) {
            if (value == null) {
                return true;
            }
        }
        return false;
    }

    /** The types' object ids, fixed in Postgres's own catalog. */
    private static int elementOid(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> 16;
            case BYTES -> 17;
            case INT64 -> 20;
            case INT32 -> 23;
            case STRING -> 25;
            case FLOAT32 -> 700;
            case FLOAT64 -> 701;
            case TIMESTAMP -> 1184;
        };
    }

    private int putAscii(String value, int at) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                return i;
            }
            bytes[at + i] = (byte) c;
        }
        return value.length();
    }

    private RowBuffer length(int length) {
        ensure(4 + Math.max(length, 0));
        INT.set(bytes, size, length);
        size += 4;
        return this;
    }

    private void putInt(int value) {
        ensure(4);
        INT.set(bytes, size, value);
        size += 4;
    }

    private void ensure(int more) {
        int needed = Math.addExact(size, more + TRAILER_BYTES);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 16, Math.max(needed, bytes.length * 2L)));
        }
    }

    /** How many bytes {@link #drainTo} moves. */
    public int drained() {
        return size - HEADER_BYTES;
    }

    /** Moves what was written to memory, each value after its length, and begins again. */
    public void drainTo(MemorySegment to, long place) {
        MemorySegment.copy(bytes, HEADER_BYTES, to, ValueLayout.JAVA_BYTE, place, drained());
        size = HEADER_BYTES;
        rows = 0;
    }

    /** The rows with header and trailer, of which {@link #finishedLength()} bytes count. */
    byte[] finished() {
        SHORT.set(bytes, size, (short) -1);
        return bytes;
    }

    int finishedLength() {
        return size + TRAILER_BYTES;
    }
}
