package dev.asof.windows;

/**
 * A window in the words of rules W1 and W5. All in microseconds.
 *
 * @param length 0 for a lifetime; of a series, the length of one step
 * @param steps 0 for a window that isn't a series
 */
record OracleWindow(long length, long hop, long offset, int steps) {

    static OracleWindow of(long length, long hop) {
        return new OracleWindow(length, hop, 0, 0);
    }

    /** Whether an event stands in it: {@code [floor(T - W), T]}, or {@code [floor(T - offset - W), floor(T - offset))}. */
    boolean has(long time, long asOf, boolean strict) {
        if (steps > 0) {
            return stepOf(time, asOf) >= 0;
        }
        boolean afterTail = length == 0 || time >= floor(asOf - offset - length);
        boolean beforeHead = offset > 0 ? time < floor(asOf - offset) : strict ? time < asOf : time <= asOf;
        return afterTail && beforeHead;
    }

    /** Which step of a series an event stands in, the oldest being 0; -1 for none of them. */
    int stepOf(long time, long asOf) {
        long end = floor(asOf - offset);
        for (int step = 0; step < steps; step++) {
            long from = end - length * (steps - step);
            if (time >= from && time < from + length) {
                return step;
            }
        }
        return -1;
    }

    /** The last multiple of the hop up to an instant. */
    long floor(long micros) {
        long since = micros % hop;
        return micros - (since < 0 ? since + hop : since);
    }
}
