package dev.asof.online.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Columns that {@link ColumnWriter} wrote, read where they lie. Each value is the end of eight bytes, so at least seven have to
 * stand before the first column.
 */
final class ColumnReader {

    private static final VarHandle INT64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] packed;
    private final int count;
    /** Of each column where the eight bytes begin that end with its first value, and how far it is to the next value's. */
    private final int[] starts;

    private final int[] strides;
    /** How far the eight bytes are shifted for what isn't the value's to fall out, and back. */
    private final int[] left;

    private final int[] right;

    /** Of a column of bytes where the first of them is; of one of exceptions where the bits are that say which they are. */
    private final int[] bytes;

    /** Of a column of exceptions, plus 1, the number of the column from which they are; 0 of others. */
    private final int[] bases;

    private int columns;
    private int end;

    /**
     * @param from where the first column begins
     * @param count how many values each has
     * @param columns how many there are
     */
    ColumnReader(byte[] packed, int from, int count, int columns) {
        this.packed = packed;
        this.count = count;
        this.starts = new int[columns];
        this.strides = new int[columns];
        this.left = new int[columns];
        this.right = new int[columns];
        this.bytes = new int[columns];
        this.bases = new int[columns];
        this.end = from;
    }

    /** Goes on to the next column, and answers its number. */
    int next() {
        int column = columns++;
        int values = count;
        if (packed[end] == ColumnWriter.EXCEPT) {
            bases[column] = 1 + (packed[end + 1] & 0xFF);
            bytes[column] = end + 2;
            int words = ColumnWriter.words(count);
            values = 0;
            for (int word = 0; word < words; word++) {
                values += Long.bitCount((long) INT64.get(packed, end + 2 + word * Long.BYTES));
            }
            end += 2 + words * Long.BYTES;
        }
        int code = packed[end];
        int width = code & ColumnWriter.WIDTH;
        boolean constant = (code & ColumnWriter.CONSTANT) != 0;
        starts[column] = end + 1 - (Long.BYTES - width);
        strides[column] = constant ? 0 : width;
        left[column] = Long.SIZE - width * Byte.SIZE;
        right[column] = (code & ColumnWriter.FIRST_BYTES) == 0 ? left[column] : 0;
        end += 1 + width * (constant ? Math.min(1, values) : values);
        return column;
    }

    /** The same for a column of bytes. */
    int nextBytes() {
        int column = next();
        bytes[column] = end;
        end += count == 0 ? 0 : (int) int64(column, count - 1);
        return column;
    }

    /** Where the first byte of a column of bytes is, of a value's position; of the number of values, where the last ends. */
    int from(int column, int i) {
        return i == 0 ? bytes[column] : bytes[column] + (int) int64(column, i - 1);
    }

    /** The first byte after the columns so far. */
    int end() {
        return end;
    }

    int count() {
        return count;
    }

    /** A value of a column of longs. */
    long int64(int column, int i) {
        return (long) INT64.get(packed, starts[column] + i * strides[column]) << left[column] >> right[column];
    }

    /** Copies some of a column's values to places that are so far apart. */
    void copy(int column, int from, int until, long[] into, int at, int apart) {
        if (bases[column] == 0) {
            copyPlain(column, from, until, into, at, apart);
            return;
        }
        int base = bases[column] - 1;
        if (base == ColumnWriter.ZEROS) {
            for (int i = from, place = at; i < until; i++, place += apart) {
                into[place] = 0;
            }
        } else {
            copyPlain(base, from, until, into, at, apart);
        }
        copyExceptions(column, from, until, into, at, apart);
    }

    private void copyPlain(int column, int from, int until, long[] into, int at, int apart) {
        int stride = strides[column];
        int out = left[column];
        int back = right[column];
        int place = at;
        int position = starts[column] + from * stride;
        for (int i = from; i < until; i++) {
            into[place] = (long) INT64.get(packed, position) << out >> back;
            place += apart;
            position += stride;
        }
    }

    private void copyExceptions(int column, int from, int until, long[] into, int at, int apart) {
        int first = from / Long.SIZE;
        int exception = 0;
        for (int word = 0; word < first; word++) {
            exception += Long.bitCount(bits(column, word));
        }
        for (int word = first; word * Long.SIZE < until; word++) {
            for (long bits = bits(column, word); bits != 0; bits &= bits - 1) {
                int i = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
                if (i >= from && i < until) {
                    into[at + (i - from) * apart] = int64(column, exception);
                }
                exception++;
            }
        }
    }

    private long bits(int column, int word) {
        return (long) INT64.get(packed, bytes[column] + word * Long.BYTES);
    }
}
