package dev.asof.online.row;

/** A fixed number of bits, kept in as few bytes as hold them. */
final class Bitmap {

    /** No bits. */
    static final Bitmap NONE = new Bitmap(0);

    private final byte[] bytes;
    private boolean anySet;

    Bitmap(int bits) {
        this.bytes = new byte[bytesFor(bits)];
    }

    /** Whether a bit is set in a bitmap that lies within other bytes. */
    static boolean get(byte[] bytes, int start, int bit) {
        return (bytes[start + (bit >>> 3)] & (1 << (bit & 7))) != 0;
    }

    void set(int bit) {
        bytes[bit >>> 3] |= (byte) (1 << (bit & 7));
        anySet = true;
    }

    boolean isEmpty() {
        return !anySet;
    }

    byte[] bytes() {
        return bytes;
    }

    /** How many bytes hold so many bits. */
    static int bytesFor(int bits) {
        return (bits + 7) >>> 3;
    }
}
