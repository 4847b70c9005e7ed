package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/** Writes states as few bytes; {@link StateReader} reads them. */
public final class StateWriter {

    private static final int GROUP = 7;

    private byte[] bytes = new byte[64];
    private int size;

    public int size() {
        return size;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    public void putByte(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    /** A number that is usually small and not negative: a byte for each 7 bits. */
    public void putVarint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & -(1L << GROUP)) != 0) {
            bytes[size++] = (byte) (rest | 1 << GROUP);
            rest >>>= GROUP;
        }
        bytes[size++] = (byte) rest;
    }

    /** A number that is usually near 0. */
    public void putSigned(long value) {
        putVarint(value << 1 ^ value >> 63);
    }

    /** Eight bytes. */
    public void putLong(long value) {
        reserve(Long.BYTES);
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    /** A float: a byte that says how many follow, without the zeros at its end, so whole numbers are short. */
    public void putDouble(double value) {
        long bits = Double.doubleToRawLongBits(value);
        int length = bits == 0 ? 0 : Long.BYTES - Long.numberOfTrailingZeros(bits) / Byte.SIZE;
        reserve(1 + length);
        bytes[size++] = (byte) length;
        for (int i = 1; i <= length; i++) {
            bytes[size++] = (byte) (bits >>> Long.SIZE - i * Byte.SIZE);
        }
    }

    /** Some bytes, after their number. */
    public void putBytes(byte[] value) {
        putVarint(value.length);
        reserve(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
    }

    /** A value of a type. */
    public void put(ScalarType type, Object value) {
        switch (type) {
            case BOOLEAN -> putByte((Boolean) value ? 1 : 0);
            case INT32 -> putSigned((Integer) value);
            case INT64 -> putSigned((Long) value);
            case FLOAT32 -> putDouble((Float) value);
            case FLOAT64 -> putDouble((Double) value);
            case STRING -> putBytes(((String) value).getBytes(StandardCharsets.UTF_8));
            case BYTES -> putBytes((byte[]) value);
            case TIMESTAMP -> putSigned(Timestamps.toMicros((Instant) value));
        }
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
