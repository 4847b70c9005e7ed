package dev.asof.online.row;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Columns of as many longs each, one after the other, in the fewest whole bytes a value that hold all of a column: its least
 * significant bytes, or its most significant ones, where the bits of floats are that whole or short. One that is the same
 * throughout is written once. Where most is zero, or as in a column before, only the rest is written, with a bit for each value
 * that says where it stands: what one event comes to is the same in its sum, its mean, its least and its greatest value.
 * {@link ColumnReader} reads them.
 */
final class ColumnWriter {

    /** Codes: how many bytes a value has, whether they are its first ones, and whether there is one for all. */
    static final int WIDTH = 0x0F;

    static final int FIRST_BYTES = 0x40;
    static final int CONSTANT = 0x10;

    /** An earlier column, whose number is in the next byte, but for some values; then their bits, and the values. */
    static final int EXCEPT = 0x20;

    /** In place of the number of an earlier column: zeros. */
    static final int ZEROS = 0xFF;

    /** So many columns before are compared. */
    private static final int COMPARED = 3;

    /** What stands in the column itself. */
    private record Plain(int number, long[] values) {}

    private final PackedValues.Writer out;
    private final Deque<Plain> comparable = new ArrayDeque<>();
    private int columns;

    ColumnWriter(PackedValues.Writer out) {
        this.out = out;
    }

    /** Values that are found by their position. */
    void longs(long[] values) {
        columns++;
        put(values);
    }

    /** Values that are read one after the other. */
    void states(long[] values) {
        int number = columns++;
        int least = 1 + width(values) * values.length;
        int base = ZEROS;
        long[] rest = exceptions(values, new long[values.length]);
        int bytes = bytes(rest, values.length);
        for (var before : comparable) {
            long[] others = exceptions(values, before.values());
            if (bytes(others, values.length) < bytes) {
                base = before.number();
                rest = others;
                bytes = bytes(others, values.length);
            }
        }
        if (isConstant(values)) {
            put(values);
            return;
        }
        if (bytes >= least) {
            put(values);
            remember(number, values);
            return;
        }
        out.put((byte) EXCEPT).put((byte) base);
        for (long bits : places(values, base)) {
            out.put(bits);
        }
        put(rest);
    }

    private void remember(int number, long[] values) {
        if (number < ZEROS) {
            comparable.addFirst(new Plain(number, values));
            if (comparable.size() > COMPARED) {
                comparable.removeLast();
            }
        }
    }

    private long[] places(long[] values, int base) {
        long[] others = comparable.stream()
                .filter(before -> before.number() == base)
                .map(Plain::values)
                .findFirst()
                .orElseGet(() -> new long[values.length]);
        long[] places = new long[words(values.length)];
        for (int i = 0; i < values.length; i++) {
            if (values[i] != others[i]) {
                places[i / Long.SIZE] |= 1L << i;
            }
        }
        return places;
    }

    private static long[] exceptions(long[] values, long[] others) {
        long[] rest = new long[values.length];
        int count = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != others[i]) {
                rest[count++] = values[i];
            }
        }
        return Arrays.copyOf(rest, count);
    }

    /** What an earlier column takes with its exceptions. */
    private static int bytes(long[] rest, int count) {
        return 3 + words(count) * Long.BYTES + width(rest) * rest.length;
    }

    /** How many longs hold a bit for each value. */
    static int words(int count) {
        return (count + Long.SIZE - 1) / Long.SIZE;
    }

    /** Bytes of any length. */
    void bytes(byte[][] values) {
        long[] ends = new long[values.length];
        int end = 0;
        for (int i = 0; i < values.length; i++) {
            end += values[i].length;
            ends[i] = end;
        }
        longs(ends);
        for (byte[] value : values) {
            out.put(value);
        }
    }

    private static boolean isConstant(long[] values) {
        for (long value : values) {
            if (value != values[0]) {
                return false;
            }
        }
        return true;
    }

    private static int width(long[] values) {
        return Math.min(lastBytes(values), firstBytes(values));
    }

    /** How many bytes hold each number with its sign. */
    private static int lastBytes(long[] values) {
        int bytes = 1;
        for (long value : values) {
            int bits = Long.SIZE + 1 - Long.numberOfLeadingZeros(value < 0 ? ~value : value);
            bytes = Math.max(bytes, (bits + Byte.SIZE - 1) / Byte.SIZE);
        }
        return bytes;
    }

    /** After how many bytes each number has zeros alone. */
    private static int firstBytes(long[] values) {
        int bytes = 1;
        for (long value : values) {
            bytes = Math.max(bytes, Long.BYTES - Long.numberOfTrailingZeros(value) / Byte.SIZE);
        }
        return bytes;
    }

    private void put(long[] values) {
        int width = width(values);
        boolean isFirst = firstBytes(values) < lastBytes(values);
        boolean isConstant = isConstant(values);
        out.put((byte) (width | (isFirst ? FIRST_BYTES : 0) | (isConstant ? CONSTANT : 0)));
        int shift = isFirst ? Long.SIZE - width * Byte.SIZE : 0;
        int count = isConstant ? Math.min(1, values.length) : values.length;
        byte[] column = new byte[count * width];
        for (int i = 0, at = 0; i < count; i++) {
            long rest = values[i] >> shift;
            for (int b = width - 1; b >= 0; b--) {
                column[at++] = (byte) (rest >> b * Byte.SIZE);
            }
        }
        out.put(column);
    }
}
