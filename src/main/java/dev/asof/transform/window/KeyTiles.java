package dev.asof.transform.window;

import dev.asof.transform.window.TileScheme.Closed;
import dev.asof.transform.window.TileScheme.Range;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tiles that are kept of a key, as published at an instant. {@link KeyTilesBuilder} makes them.
 *
 * @param closed when
 * @param newestEvent the greatest event timestamp of a row of the key that counts; {@link #NO_EVENT} without one
 * @param newest for each cell that is {@linkplain Cell#isOfTheKey of the key}, the state of all its rows; null for others, and
 *     where it is empty
 * @param tiles by level, fine ones first, then by start; only those that have rows
 */
public record KeyTiles(Closed closed, long newestEvent, List<@Nullable AggregateState> newest, List<Tile> tiles) {

    /** Before every event. */
    public static final long NO_EVENT = Long.MIN_VALUE;

    /**
     * A state that is kept for some windows.
     *
     * @param windows in which it is answered
     */
    public record Cell(StateKind kind, List<Window> windows) {

        public Cell {
            windows = List.copyOf(windows);
        }

        /** Whether one state of the key answers all its windows, so that tiles have none. */
        public boolean isOfTheKey() {
            return kind.keepsTheNewest() && windows.stream().allMatch(Window::hasHead);
        }
    }

    /**
     * The rows of a key in a length of time.
     *
     * @param start its first microsecond
     * @param greatestEvent the greatest event timestamp of its rows, whether a state has them or not
     * @param cells the states, by position; null where one is empty or not needed there
     */
    public record Tile(TileLevel level, long start, long greatestEvent, List<@Nullable AggregateState> cells) {

        public Tile {
            cells = copyOf(cells);
        }
    }

    public KeyTiles {
        newest = copyOf(newest);
        tiles = List.copyOf(tiles);
    }

    /**
     * The states of a cell in a window as of an instant, one for each of its steps, oldest first.
     *
     * @param cell its position
     */
    public List<AggregateState> states(int cell, StateKind kind, Window window, long asOf) {
        var ofKey = newest.get(cell);
        if (ofKey != null) {
            return List.of(ofKey.since(window.from(asOf)));
        }
        return TileScheme.steps(window, asOf, closed).stream()
                .map(ranges -> state(cell, kind, ranges))
                .toList();
    }

    private AggregateState state(int cell, StateKind kind, List<Range> ranges) {
        var state = kind.empty();
        for (var tile : tiles) {
            var part = tile.cells().get(cell);
            if (part != null && isIn(tile, ranges)) {
                state.merge(part);
            }
        }
        return state;
    }

    /** The greatest event timestamp of the rows in a window as of an instant; {@link #NO_EVENT} without one. */
    public long greatestEvent(Window window, long asOf) {
        if (window.hasHead()) {
            return newestEvent >= window.from(asOf) ? newestEvent : NO_EVENT;
        }
        var ranges = TileScheme.ranges(window, asOf, closed);
        return tiles.stream()
                .filter(tile -> isIn(tile, ranges))
                .mapToLong(Tile::greatestEvent)
                .max()
                .orElse(NO_EVENT);
    }

    private static boolean isIn(Tile tile, List<Range> ranges) {
        return ranges.stream().anyMatch(range -> range.level() == tile.level() && range.contains(tile.start()));
    }

    private static List<@Nullable AggregateState> copyOf(List<@Nullable AggregateState> states) {
        return Collections.unmodifiableList(Arrays.asList(states.toArray(new @Nullable AggregateState[0])));
    }
}
