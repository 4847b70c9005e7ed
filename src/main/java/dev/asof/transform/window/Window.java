package dev.asof.transform.window;

/**
 * A window of time that moves with the as-of time (rules W1 and W5), in microseconds since 1970. At its tail, and wherever it
 * doesn't reach up to the as-of time, it is aligned to its hop; hops are counted from 1970 and floored towards the past.
 *
 * @param length {@link #UNBOUNDED} for a lifetime
 * @param hop what its ends are aligned to
 * @param offset how far the whole window is moved back; 0 for one that reaches up to the as-of time
 * @param steps 1, or how many parts of equal length the window is answered in, oldest first; the window then ends on a hop
 */
public record Window(long length, long hop, long offset, int steps) {

    public static final long UNBOUNDED = Long.MAX_VALUE;

    /** Before every timestamp, and after every one. */
    public static final long ALWAYS = Long.MIN_VALUE;

    public static final long HEAD = Long.MAX_VALUE;

    public Window {
        if (length <= 0 || hop <= 0 || offset < 0 || steps < 1) {
            throw new IllegalArgumentException("Not a window: %s %s %s %s".formatted(length, hop, offset, steps));
        }
    }

    /** One that reaches up to the as-of time. */
    public static Window of(long length, long hop) {
        return new Window(length, hop, 0, 1);
    }

    public boolean isUnbounded() {
        return length == UNBOUNDED;
    }

    /** Whether it reaches up to the as-of time itself, and so is exact there. */
    public boolean hasHead() {
        return offset == 0 && steps == 1;
    }

    /** Its first microsecond; {@link #ALWAYS} without a tail. */
    public long from(long asOf) {
        if (isUnbounded()) {
            return ALWAYS;
        }
        return hasHead()
                ? floor(asOf - length)
                : steps > 1 ? floor(asOf - offset) - length : floor(asOf - offset - length);
    }

    /** The first microsecond after it; {@link #HEAD} for one that reaches up to the as-of time. */
    public long until(long asOf) {
        return hasHead() ? HEAD : floor(asOf - offset);
    }

    /** The greatest multiple of the hop that is not after an instant. */
    public long floor(long micros) {
        return Math.floorDiv(micros, hop) * hop;
    }
}
