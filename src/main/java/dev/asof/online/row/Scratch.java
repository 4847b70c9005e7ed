package dev.asof.online.row;

/** Room that is used for one key after the other of a lookup. For one thread. */
public final class Scratch {

    private static final int FIRST = 256;

    private long[] longs = new long[0];

    /** As many longs at least; whatever is in them. */
    long[] longs(int count) {
        if (longs.length < count) {
            longs = new long[Math.max(FIRST, 2 * count)];
        }
        return longs;
    }
}
