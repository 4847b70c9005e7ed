package dev.asof.transform.window;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Which tiles a key keeps for some windows, and which of them make a window (rule W8).
 *
 * <p>A value is published at an instant: the tiles of all levels but the finest that are over by then are closed, and the finest
 * level goes on from there without an end. Readers go by what was closed at that instant, whenever they read: no tile has to be
 * made when a clock ticks. A window is made of the coarsest tiles within it, finer ones towards its tail, down to those that its
 * hop is a multiple of, and finer ones towards the head, down to the finest.
 */
public final class TileScheme {

    /** How far the clock of a reader may be behind that of who published. */
    static final long CLOCKS_APART = TileLevel.MINUTE.micros();

    /**
     * Tiles of one level that lie side by side.
     *
     * @param from where the first begins; {@link Window#ALWAYS} for all before
     * @param until where the last ends; {@link Window#HEAD} for all after
     */
    public record Range(TileLevel level, long from, long until) {

        public boolean contains(long instant) {
            return from <= instant && (instant < until || until == Window.HEAD);
        }

        /** How many tiles there are at most, without those after an instant and those before 1970 of a range without a beginning. */
        int tiles(long asOf) {
            long begin = from == Window.ALWAYS ? 0 : from;
            long end = Math.min(until, asOf + 1);
            return begin < end ? Math.toIntExact(Math.ceilDiv(end - begin, level.micros())) : 0;
        }
    }

    /**
     * When a value was published, by what its levels are closed.
     *
     * @param now in microseconds since 1970
     * @param finest the level that holds the open head
     */
    public record Closed(long now, TileLevel finest) {

        /** Where the last closed tile of a level ends; {@link Window#HEAD} of the finest. */
        public long until(TileLevel level) {
            return level == finest ? Window.HEAD : level.floor(now);
        }
    }

    private final List<TileLadder> ladders;
    private final TileLevel finest;

    private TileScheme(List<TileLadder> ladders) {
        this.ladders = ladders;
        this.finest =
                ladders.stream().map(TileLadder::tail).reduce(TileLevel.MINUTE, (a, b) -> a.isFinerThan(b) ? a : b);
    }

    public static TileScheme of(List<Window> windows) {
        return new TileScheme(windows.stream().distinct().map(TileLadder::of).toList());
    }

    /** The finest level that every key has: minutes, or seconds where a window's hop asks for them. */
    public TileLevel finest() {
        return finest;
    }

    /** Whether a key whose minutes are crowded may have seconds: whether its windows are still made of few enough tiles. */
    public boolean allowsSeconds() {
        return ladders.stream().allMatch(ladder -> ladder.mostTiles(TileLevel.SECOND) <= Hops.MOST_TILES);
    }

    /**
     * What is kept of a key that is published: one range of a level at most, fine ones first.
     *
     * @param closed its finest level is not coarser than {@link #finest()}
     */
    public List<Range> kept(Closed closed) {
        Map<TileLevel, Long> from = new EnumMap<>(TileLevel.class);
        for (var ladder : ladders) {
            for (var level : ladder.levels(closed.finest())) {
                from.merge(level, ladder.keptFrom(level, closed), Math::min);
            }
        }
        return from.entrySet().stream()
                .map(level -> new Range(level.getKey(), level.getValue(), closed.until(level.getKey())))
                .filter(range -> range.from() < range.until())
                .toList();
    }

    /**
     * The tiles that make a window, side by side, oldest first; of a window of several steps, those of all of them.
     *
     * @param asOf not before the instant of publishing, but for clocks a little apart
     * @param closed its finest level is not coarser than minutes, and the window's hop is a multiple of it
     */
    public static List<Range> ranges(Window window, long asOf, Closed closed) {
        return TileLadder.of(window).ranges(window.from(asOf), window.until(asOf), closed);
    }

    /** The tiles that make each step of a window, oldest first. */
    public static List<List<Range>> steps(Window window, long asOf, Closed closed) {
        return reader(window).steps(asOf, closed);
    }

    /** Tells which tiles make a window, many times. */
    public interface WindowReader {

        /** The tiles that make each step of the window, as {@link TileScheme#ranges} has them. */
        List<List<Range>> steps(long asOf, Closed closed);
    }

    /** What depends on a window alone is worked out here. */
    public static WindowReader reader(Window window) {
        var ladder = TileLadder.of(window);
        if (window.steps() == 1) {
            return (asOf, closed) -> List.of(ladder.ranges(window.from(asOf), window.until(asOf), closed));
        }
        long step = window.length() / window.steps();
        return (asOf, closed) -> {
            long from = window.from(asOf);
            var steps = new ArrayList<List<Range>>(window.steps());
            for (int i = 0; i < window.steps(); i++) {
                steps.add(ladder.ranges(from + i * step, from + (i + 1) * step, closed));
            }
            return steps;
        };
    }
}
