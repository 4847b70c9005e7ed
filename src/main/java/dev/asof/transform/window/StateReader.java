package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** Reads what {@link StateWriter} wrote. Bytes that end too early are an {@link IndexOutOfBoundsException}. */
public final class StateReader {

    private static final int GROUP = 7;

    private final byte[] bytes;
    private final int end;
    private int position;

    public StateReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** Reads a part of an array, which is not copied. */
    public StateReader(byte[] bytes, int from, int until) {
        Objects.checkFromToIndex(from, until, bytes.length);
        this.bytes = bytes;
        this.position = from;
        this.end = until;
    }

    /** Where the next byte is in the array. */
    public int position() {
        return position;
    }

    public boolean hasMore() {
        return position < end;
    }

    public byte readByte() {
        if (position >= end) {
            throw new IndexOutOfBoundsException("A state ends too early");
        }
        return bytes[position++];
    }

    public long readVarint() {
        byte first = readByte();
        if (first >= 0) {
            return first;
        }
        long value = first & 0x7F;
        for (int shift = GROUP; shift < Long.SIZE; shift += GROUP) {
            byte next = readByte();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("Not a number in a state");
    }

    /** How many things follow, each of at least so many bytes: bounded by what there is. */
    public int readCount(int leastBytesEach) {
        long count = readVarint();
        if (count < 0 || count > (end - position) / leastBytesEach) {
            throw new IndexOutOfBoundsException("A state says that it has %s more parts".formatted(count));
        }
        return (int) count;
    }

    public long readSigned() {
        long value = readVarint();
        return value >>> 1 ^ -(value & 1);
    }

    public long readLong() {
        return readLong(Long.BYTES);
    }

    public double readDouble() {
        int length = readByte();
        if (length < 0 || length > Long.BYTES) {
            throw new IllegalStateException("Not a float in a state");
        }
        return Double.longBitsToDouble(readLong(length));
    }

    /** The first bytes of a long, the others zero. */
    private long readLong(int length) {
        if (end - position < length) {
            throw new IndexOutOfBoundsException("A state ends too early");
        }
        long value = 0;
        for (int i = 1; i <= length; i++) {
            value |= (bytes[position++] & 0xFFL) << Long.SIZE - i * Byte.SIZE;
        }
        return value;
    }

    public byte[] readBytes() {
        int length = readCount(1);
        position += length;
        return Arrays.copyOfRange(bytes, position - length, position);
    }

    /** A value of a type. */
    public Object read(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> readByte() != 0;
            case INT32 -> Math.toIntExact(readSigned());
            case INT64 -> readSigned();
            case FLOAT32 -> (float) readDouble();
            case FLOAT64 -> readDouble();
            case STRING -> {
                int length = readCount(1);
                position += length;
                yield new String(bytes, position - length, length, StandardCharsets.UTF_8);
            }
            case BYTES -> readBytes();
            case TIMESTAMP -> Timestamps.ofMicros(readSigned());
        };
    }
}
