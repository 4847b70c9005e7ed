package dev.asof.online;

import java.nio.ByteBuffer;

/** A fixed number of bits, kept in as few bytes as hold them. */
final class Bitmap {

    /** All bits clear, whatever the position asked for. */
    static final Bitmap NONE = new Bitmap(0);

    private final byte[] bytes;
    private boolean anySet;

    Bitmap(int bits) {
        this.bytes = new byte[bytesFor(bits)];
    }

    static Bitmap read(ByteBuffer from, int bits) {
        var bitmap = new Bitmap(bits);
        from.get(bitmap.bytes);
        bitmap.anySet = true;
        return bitmap;
    }

    void set(int bit) {
        bytes[bit >>> 3] |= (byte) (1 << (bit & 7));
        anySet = true;
    }

    boolean get(int bit) {
        return anySet && (bytes[bit >>> 3] & (1 << (bit & 7))) != 0;
    }

    boolean isEmpty() {
        return !anySet;
    }

    byte[] bytes() {
        return bytes;
    }

    private static int bytesFor(int bits) {
        return (bits + 7) >>> 3;
    }
}
