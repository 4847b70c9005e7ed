package dev.asof.transform.window;

import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.TileScheme.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The levels of tiles that make a window.
 *
 * @param tail the coarsest of which its hop is a multiple: of it there are tiles back to the tail
 * @param top the coarsest, of which at least one tile always lies in the window, or in each of its steps
 */
record TileLadder(Window window, TileLevel tail, TileLevel top) {

    /** For how many places of its tail a window's tiles are counted. */
    private static final long MOST_PLACES = 50_000;

    /** From where a lifetime's tiles are counted: its rows are of some eighty years. */
    private static final long LATE = 30L * TileLevel.DAYS_1024.micros();

    static TileLadder of(Window window) {
        if (window.isUnbounded()) {
            return new TileLadder(window, TileLevel.DAYS_1024, TileLevel.DAYS_1024);
        }
        TileLevel tail = coarsest(TileLevel.SECOND, level -> window.hop() % level.micros() == 0);
        long step = window.length() / window.steps();
        return new TileLadder(window, tail, coarsest(tail, level -> 2 * level.micros() <= step));
    }

    private static TileLevel coarsest(TileLevel atLeast, Predicate<TileLevel> wanted) {
        return Arrays.stream(TileLevel.values())
                .filter(level -> atLeast.isFinerThan(level) && wanted.test(level))
                .reduce(atLeast, (_, coarser) -> coarser);
    }

    List<TileLevel> levels(TileLevel finest) {
        return List.of(TileLevel.values()).subList(finest.ordinal(), top.ordinal() + 1);
    }

    /** From where on a level's tiles are needed, whenever the window is read once the levels are closed. */
    long keptFrom(TileLevel level, Closed closed) {
        if (level.isFinerThan(tail)) {
            return closed.until(level.coarser());
        }
        return window.isUnbounded()
                ? Window.ALWAYS
                : level.ceiling(window.from(closed.now() - TileScheme.CLOCKS_APART));
    }

    /** What makes a part of the window, both of whose ends are on hops unless it reaches up to the head. */
    List<Range> ranges(long from, long until, Closed closed) {
        if (tail.isFinerThan(closed.finest())) {
            throw new IllegalArgumentException("%s has no tiles of %s".formatted(window, closed.finest()));
        }
        var ranges = new ArrayList<Range>();
        collect(top, from, until, closed, ranges);
        return ranges;
    }

    private static void collect(TileLevel level, long from, long until, Closed closed, List<Range> ranges) {
        long first = from == Window.ALWAYS ? from : level.ceiling(from);
        long end = Math.min(closed.until(level), until == Window.HEAD ? until : level.floor(until));
        if (first >= end) {
            if (from < until) {
                collect(level.finer(), from, until, closed, ranges);
            }
            return;
        }
        if (from < first) {
            collect(level.finer(), from, first, closed, ranges);
        }
        ranges.add(new Range(level, first, end));
        if (end < until) {
            collect(level.finer(), end, until, closed, ranges);
        }
    }

    /**
     * The greatest number of tiles that ever make the window, all its steps counted; or one that is too great.
     *
     * @return {@link Integer#MAX_VALUE} where its hops are too many to be looked at one by one
     */
    int mostTiles(TileLevel finest) {
        long step = window.isUnbounded() ? TileLevel.DAY.micros() : window.hop();
        long places = Math.max(1, top.micros() / step);
        if (places * window.steps() > MOST_PLACES) {
            return Integer.MAX_VALUE;
        }
        int most = 0;
        for (long place = 1; place <= places && most <= Hops.MOST_TILES; place++) {
            // at the very end of a hop, when most finer tiles are closed
            long asOf = LATE + place * step - 1;
            // the value was published as a whole as long ago as it may be
            var closed = new Closed(published(finest).floor(asOf), finest);
            most = Math.max(most, tiles(asOf, closed));
        }
        return most;
    }

    private static TileLevel published(TileLevel finest) {
        return finest == TileLevel.SECOND ? TileLevel.MINUTE : TileLevel.HOUR;
    }

    private int tiles(long asOf, Closed closed) {
        return TileScheme.steps(window, asOf, closed).stream()
                .flatMap(List::stream)
                .mapToInt(range -> range.tiles(asOf))
                .sum();
    }
}
