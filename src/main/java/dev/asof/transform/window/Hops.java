package dev.asof.transform.window;

import java.util.EnumSet;
import java.util.Set;

/** Hops: which one a window has unless it is said, and which ones fit a window. */
public final class Hops {

    /** The greatest number of tiles that make one window (rule W8). */
    public static final int MOST_TILES = 200;

    /** The longest window that has an end, in microseconds: a hundred years. */
    public static final long LONGEST = 36_525 * TileLevel.DAY.micros();

    /** What is wrong with a window. */
    public enum Problem {
        /** The hop is below a second. */
        HOP_BELOW_A_SECOND,
        /** The hop neither divides each {@link TileLevel} nor is divided by it. */
        HOP_BETWEEN_LEVELS,
        /** The window, or a step of it, is shorter than its hop. */
        SHORTER_THAN_HOP,
        /** The window or its offset is longer than {@link #LONGEST}. */
        TOO_LONG,
        /** The offset is no multiple of the hop. */
        OFFSET_BETWEEN_HOPS,
        /** The steps are not all of the same number of hops. */
        STEP_BETWEEN_HOPS,
        /** A lifetime has an offset or steps. */
        UNBOUNDED_WITHOUT_HEAD,
        /** More than {@link #MOST_TILES} tiles would be read for it: its hop is too short, or its steps are too many. */
        TOO_MANY_TILES
    }

    private Hops() {}

    /** The hop of a window of a length, in microseconds, where none is written (rule W1). */
    public static long defaultFor(long length) {
        if (length <= 2 * TileLevel.HOUR.micros()) {
            return TileLevel.MINUTE.micros();
        }
        if (length < 12 * TileLevel.HOUR.micros()) {
            return TileLevel.FIVE_MINUTES.micros();
        }
        return length < 12 * TileLevel.DAY.micros() ? TileLevel.HOUR.micros() : TileLevel.DAY.micros();
    }

    /** All that is wrong with a window; nothing if it can be kept. */
    public static Set<Problem> problems(Window window) {
        var problems = EnumSet.noneOf(Problem.class);
        long hop = window.hop();
        if (hop < TileLevel.SECOND.micros()) {
            problems.add(Problem.HOP_BELOW_A_SECOND);
        } else if (!fitsLevels(hop)) {
            problems.add(Problem.HOP_BETWEEN_LEVELS);
        }
        if (window.length() / window.steps() < hop) {
            problems.add(Problem.SHORTER_THAN_HOP);
        }
        if (!window.isUnbounded() && window.length() > LONGEST || window.offset() > LONGEST) {
            problems.add(Problem.TOO_LONG);
        }
        if (window.offset() % hop != 0) {
            problems.add(Problem.OFFSET_BETWEEN_HOPS);
        }
        if (window.isUnbounded() && !window.hasHead()) {
            problems.add(Problem.UNBOUNDED_WITHOUT_HEAD);
        } else if (window.steps() > 1 && window.length() % (window.steps() * hop) != 0) {
            problems.add(Problem.STEP_BETWEEN_HOPS);
        }
        if (problems.isEmpty() && TileLadder.of(window).mostTiles(finest(window)) > MOST_TILES) {
            problems.add(Problem.TOO_MANY_TILES);
        }
        return problems;
    }

    private static boolean fitsLevels(long hop) {
        for (var level : TileLevel.values()) {
            if (level.micros() % hop != 0 && hop % level.micros() != 0) {
                return false;
            }
        }
        return true;
    }

    private static TileLevel finest(Window window) {
        return window.hop() % TileLevel.MINUTE.micros() == 0 ? TileLevel.MINUTE : TileLevel.SECOND;
    }
}
