package dev.asof.offline.copy;

import dev.asof.postgres.RowBuffer;
import dev.asof.transform.window.Window;
import java.util.Arrays;

/** Which of a key's rows a window has, and each of its steps, as of a time that only moves on. */
final class WindowBounds {

    private final Window window;
    private final long step;
    /** The first row of each step, and the one after the last. */
    private final int[] bounds;

    private int cut;

    WindowBounds(Window window) {
        this.window = window;
        this.step = window.length() / window.steps();
        this.bounds = new int[window.steps() + 1];
    }

    int steps() {
        return window.steps();
    }

    /** The first time that it has, as Postgres counts it; {@link Window#ALWAYS} without a tail. */
    long from(long asOf) {
        long from = window.from(asOf + RowBuffer.POSTGRES_EPOCH_MICROS);
        return from == Window.ALWAYS ? from : from - RowBuffer.POSTGRES_EPOCH_MICROS;
    }

    /** Begins with other rows, before any time. */
    void begin() {
        Arrays.fill(bounds, 0);
    }

    /**
     * Goes on to a time.
     *
     * @param asOf as Postgres counts it
     * @param head how many rows are up to then
     * @param cut the first row that may count
     */
    void moveTo(long asOf, KeyRows rows, int head, int cut) {
        long from = from(asOf);
        int steps = window.steps();
        if (from != Window.ALWAYS) {
            for (int i = 0; i < steps; i++) {
                bounds[i] = rows.countBefore(from + i * step, bounds[i]);
            }
        }
        long until = window.until(asOf + RowBuffer.POSTGRES_EPOCH_MICROS);
        bounds[steps] =
                until == Window.HEAD ? head : rows.countBefore(until - RowBuffer.POSTGRES_EPOCH_MICROS, bounds[steps]);
        this.cut = cut;
    }

    int from(int step) {
        return Math.max(cut, bounds[step]);
    }

    int until(int step) {
        return Math.max(from(step), bounds[step + 1]);
    }
}
