package dev.asof.online.row;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Columns of as many longs each, one after the other, in the fewest whole bytes a value that hold all of a column: its least
 * significant bytes, or its most significant ones, where the bits of floats are that whole or short. One that is the same
 * throughout is written once, and one whose bytes were written before is told by its number: what few events come to is the
 * same in their sum, their mean, their least and their greatest value. {@link ColumnReader} reads them.
 */
final class ColumnWriter {

    /** Codes: how many bytes a value has, whether they are its first ones, and whether there is one for all. */
    static final int WIDTH = 0x0F;

    static final int FIRST_BYTES = 0x40;
    static final int CONSTANT = 0x10;

    /** An earlier column, whose number is in the next byte. */
    static final int SAME = 0x20;

    private static final int MOST_TOLD = 255;

    private final PackedValues.Writer out;
    private final List<byte[]> written = new ArrayList<>();

    ColumnWriter(PackedValues.Writer out) {
        this.out = out;
    }

    void longs(long[] values) {
        int last = 1;
        int first = 1;
        boolean constant = true;
        for (long value : values) {
            last = Math.max(last, lastBytes(value));
            first = Math.max(first, Long.BYTES - Long.numberOfTrailingZeros(value) / Byte.SIZE);
            constant &= value == values[0];
        }
        int width = Math.min(last, first);
        int code = width | (first < last ? FIRST_BYTES : 0) | (constant ? CONSTANT : 0);
        column(values, code, constant ? Math.min(1, values.length) : values.length);
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

    /** How many bytes hold a number with its sign. */
    private static int lastBytes(long value) {
        int bits = Long.SIZE + 1 - Long.numberOfLeadingZeros(value < 0 ? ~value : value);
        return (bits + Byte.SIZE - 1) / Byte.SIZE;
    }

    private void column(long[] values, int code, int count) {
        int width = code & WIDTH;
        int shift = (code & FIRST_BYTES) == 0 ? 0 : Long.SIZE - width * Byte.SIZE;
        byte[] column = new byte[1 + count * width];
        column[0] = (byte) code;
        for (int i = 0, at = 1; i < count; i++) {
            long rest = values[i] >> shift;
            for (int b = width - 1; b >= 0; b--) {
                column[at++] = (byte) (rest >> b * Byte.SIZE);
            }
        }
        int before = position(column);
        if (before >= 0 && column.length > 2) {
            out.put((byte) SAME).put((byte) before);
        } else {
            out.put(column);
        }
        written.add(column);
    }

    private int position(byte[] column) {
        for (int i = 0; i < Math.min(written.size(), MOST_TOLD); i++) {
            if (Arrays.equals(written.get(i), column)) {
                return i;
            }
        }
        return -1;
    }
}
