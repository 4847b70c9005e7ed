package dev.asof.transform.window;

import dev.asof.transform.window.KeyTiles.Tile;
import dev.asof.transform.window.TileScheme.Range;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tiles of a key from its rows that count, in any order, and from tiles that stand for some. A row goes to the finest tile that is
 * kept of its time; coarser tiles are merged from finer ones. For one thread.
 */
public final class KeyTilesBuilder {

    /** Adds a row to a cell's state, if it counts there. */
    @FunctionalInterface
    public interface CellRow {
        void addTo(int cell, AggregateState state);
    }

    private final TilePlan plan;
    private final Map<TileLevel, TreeMap<Long, OpenTile>> open = new EnumMap<>(TileLevel.class);
    private final @Nullable AggregateState[] newest;
    private long newestEvent = KeyTiles.NO_EVENT;
    private @Nullable OpenTile last;

    KeyTilesBuilder(TilePlan plan) {
        this.plan = plan;
        this.newest = new @Nullable AggregateState[plan.cells().size()];
        for (int i = 0; i < newest.length; i++) {
            var cell = plan.cells().get(i);
            newest[i] = cell.isOfTheKey() ? cell.kind().empty() : null;
        }
        plan.kept().forEach(range -> open.put(range.level(), new TreeMap<>()));
    }

    public void add(long eventMicros, CellRow row) {
        newestEvent = Math.max(newestEvent, eventMicros);
        for (int i = 0; i < newest.length; i++) {
            var ofKey = newest[i];
            if (ofKey != null) {
                row.addTo(i, ofKey);
            }
        }
        var tile = last != null && last.contains(eventMicros) ? last : tileOf(eventMicros);
        if (tile != null) {
            // a coarser tile lies under finer ones, to which some of its rows go
            last = tile.level == plan.kept().getFirst().level() ? tile : null;
            tile.add(eventMicros, row);
        }
    }

    /**
     * Adds all the rows of a tile at once.
     *
     * @param tile with the states of all cells; it stands where the plan {@linkplain TilePlan#taken takes} tiles of its level
     */
    public void add(Tile tile) {
        newestEvent = Math.max(newestEvent, tile.greatestEvent());
        for (int i = 0; i < newest.length; i++) {
            merge(newest[i], tile.cells().get(i));
        }
        var kept = tileOf(tile.start());
        if (kept != null) {
            kept.merge(tile.greatestEvent(), tile.cells());
        }
    }

    private static void merge(@Nullable AggregateState state, @Nullable AggregateState part) {
        if (state != null && part != null) {
            state.merge(part);
        }
    }

    private @Nullable OpenTile tileOf(long eventMicros) {
        for (var range : plan.kept()) {
            if (range.contains(eventMicros)) {
                return tile(range.level(), range.level().floor(eventMicros));
            }
        }
        return null;
    }

    private TreeMap<Long, OpenTile> tiles(TileLevel level) {
        return Objects.requireNonNull(open.get(level));
    }

    private OpenTile tile(TileLevel level, long start) {
        return tiles(level).computeIfAbsent(start, _ -> new OpenTile(level, start));
    }

    /** The tiles of the rows so far. Nothing may be added after it. */
    public KeyTiles build() {
        var kept = plan.kept();
        for (int i = 0; i < kept.size(); i++) {
            for (var tile : tiles(kept.get(i).level()).values()) {
                mergeUpwards(tile, kept.subList(i + 1, kept.size()));
            }
        }
        var tiles = kept.stream()
                .flatMap(range -> tiles(range.level()).values().stream())
                .map(OpenTile::close)
                .toList();
        for (int i = 0; i < newest.length; i++) {
            newest[i] = nonEmpty(newest[i]);
        }
        return new KeyTiles(plan.closed(), newestEvent, Arrays.asList(newest), tiles);
    }

    /** To the next coarser one that is kept of its time; it passes on what it got. */
    private void mergeUpwards(OpenTile tile, List<Range> coarser) {
        for (var range : coarser) {
            if (range.contains(tile.start)) {
                tile(range.level(), range.level().floor(tile.start))
                        .merge(tile.greatestEvent, Arrays.asList(tile.states));
                return;
            }
        }
    }

    private static @Nullable AggregateState nonEmpty(@Nullable AggregateState state) {
        return state == null || state.isEmpty() ? null : state;
    }

    private final class OpenTile {

        private final TileLevel level;
        private final long start;
        private final @Nullable AggregateState[] states = new @Nullable AggregateState[newest.length];
        private long greatestEvent = KeyTiles.NO_EVENT;

        OpenTile(TileLevel level, long start) {
            this.level = level;
            this.start = start;
            for (int i = 0; i < states.length; i++) {
                states[i] = newest[i] == null ? plan.cells().get(i).kind().empty() : null;
            }
        }

        boolean contains(long eventMicros) {
            return level.floor(eventMicros) == start;
        }

        void add(long eventMicros, CellRow row) {
            greatestEvent = Math.max(greatestEvent, eventMicros);
            for (int i = 0; i < states.length; i++) {
                var state = states[i];
                if (state != null) {
                    row.addTo(i, state);
                }
            }
        }

        void merge(long greatestEventOfPart, List<@Nullable AggregateState> part) {
            greatestEvent = Math.max(greatestEvent, greatestEventOfPart);
            for (int i = 0; i < states.length; i++) {
                KeyTilesBuilder.merge(states[i], part.get(i));
            }
        }

        Tile close() {
            var needed = new @Nullable AggregateState[states.length];
            for (int i = 0; i < needed.length; i++) {
                needed[i] = plan.isKept(i, level, start) ? nonEmpty(states[i]) : null;
            }
            return new Tile(level, start, greatestEvent, Arrays.asList(needed));
        }
    }
}
