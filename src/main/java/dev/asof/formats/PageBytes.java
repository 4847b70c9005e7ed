package dev.asof.formats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.column.Encoding;

/**
 * Goes through the bytes of a Parquet page from number to number, decoding nothing. Each method says whether what it went
 * through can be true; what is cut short throws as {@link ByteBuffer} does.
 */
final class PageBytes {

    /** Writers may fill their last run up, and so name more values than there are. */
    private static final int SLACK = 1 << 13;

    private static final int GROUP = 8;
    private static final int MAX_BLOCK = 1 << 20;

    private final ByteBuffer in;

    PageBytes(ByteBuffer in) {
        this.in = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Levels up to some maximum, or truth values, with their length before them; none where the maximum is 0. */
    boolean levels(int max, Encoding encoding, int count) {
        if (max == 0) {
            return true;
        }
        if (encoding != Encoding.RLE) {
            // of old: as many bits as there are levels, whose number is known
            in.position(in.position() + (int) Math.min(in.remaining(), ((long) count * width(max) + 7) / Byte.SIZE));
            return true;
        }
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            return false;
        }
        boolean isTrue = new PageBytes(in.slice(in.position(), length)).runs(max, count);
        in.position(in.position() + length);
        return isTrue;
    }

    /** The runs of levels up to some maximum. */
    boolean runs(int max, int count) {
        return max == 0 || runsOf(width(max), count);
    }

    boolean dictionaryIds(int count) {
        if (!in.hasRemaining()) {
            return true;
        }
        int width = in.get();
        return width >= 0 && width <= Integer.SIZE && runsOf(width, count);
    }

    private static int width(int max) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(max);
    }

    private boolean runsOf(int width, int count) {
        long seen = 0;
        while (in.hasRemaining() && seen < count) {
            long header = varint();
            long size = header >>> 1;
            boolean isPacked = (header & 1) == 1;
            if (header < 0 || size > Integer.MAX_VALUE || isPacked && size * GROUP > (long) count + SLACK) {
                return false;
            }
            // the last run may be cut, which the library takes for zeros
            long bytes = isPacked ? size * width : (width + 7) / Byte.SIZE;
            in.position(in.position() + (int) Math.min(bytes, in.remaining()));
            seen += isPacked ? size * GROUP : size;
        }
        return true;
    }

    /** Integers as differences, in blocks of smaller blocks. */
    boolean deltas(int count) {
        long block = varint();
        long parts = varint();
        long total = varint();
        varint();
        if (block < 1 || block > MAX_BLOCK || parts < 1 || parts > block || total < 0 || total > count) {
            return false;
        }
        long part = block / parts;
        for (long left = total - 1; left > 0; ) {
            varint();
            byte[] widths = new byte[(int) parts];
            in.get(widths);
            for (int i = 0; i < parts && left > 0; i++) {
                in.position(in.position() + (int) Math.min(in.remaining(), part * (widths[i] & 0xFF) / Byte.SIZE));
                left -= part;
            }
        }
        return true;
    }

    /** How much of a text the one before has too, then the lengths of the rest. */
    boolean deltasOfTexts(int count) {
        boolean isTrue = deltas(count);
        return isTrue && deltas(count);
    }

    private long varint() {
        return varint(in);
    }

    /** A number in groups of seven bits, the lowest first, as Parquet's pages and Thrift have it. */
    static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("No number is so long");
    }
}
