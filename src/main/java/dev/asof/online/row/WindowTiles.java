package dev.asof.online.row;

import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.Slots;
import dev.asof.transform.window.TileScheme;
import dev.asof.transform.window.TileScheme.Range;
import dev.asof.transform.window.Window;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A key's tiles as windows see them at an instant: what was patched in place of what it was patched over. For one thread. */
final class WindowTiles {

    private static final int WIDEST_SLOTS = 8;

    private final TileLayout layout;
    private final PackedTiles whole;
    private final List<KeyPatch> patches;
    private final List<PackedTiles> patched;
    private final long asOf;
    private final long[] buffer = new long[WIDEST_SLOTS];
    private final Map<Window, List<List<Range>>> steps = new HashMap<>();

    WindowTiles(TileLayout layout, PackedKey key, long asOf) {
        this.layout = layout;
        this.whole = key.tiles(layout);
        this.patches = key.patches().stream().filter(patch -> !patch.isRow()).toList();
        this.patched = patches.stream().map(patch -> patch.tiles(layout)).toList();
        this.asOf = asOf;
    }

    /** When the last event took place; {@link WindowValues#NO_EVENT} if there is none. */
    long newestEvent() {
        long newest = whole.newestEvent();
        for (var patch : patched) {
            newest = Math.max(newest, patch.newestEvent());
        }
        return newest;
    }

    /** When the last event in a window took place; {@link WindowValues#NO_EVENT} if there is none. */
    long lastEvent(Window window) {
        long newest = newestEvent();
        if (window.hasHead()) {
            return newest >= window.from(asOf) ? newest : WindowValues.NO_EVENT;
        }
        long last = WindowValues.NO_EVENT;
        for (var step : steps(window)) {
            for (var range : step) {
                last = Math.max(last, lastEvent(range));
            }
        }
        return last;
    }

    private long lastEvent(Range range) {
        long last = WindowValues.NO_EVENT;
        var level = whole.level(range.level());
        if (level != null) {
            int until = until(level, range);
            if (until > level.position(range.from())) {
                last = level.event(until - 1);
            }
        }
        for (int i = 0; i < patched.size(); i++) {
            if (isIn(range, patched.get(i), patches.get(i).start())) {
                last = Math.max(last, patched.get(i).newestEvent());
            }
        }
        return last;
    }

    private static int until(PackedTiles.Level level, Range range) {
        return range.until() == Window.HEAD ? level.count() : level.position(range.until());
    }

    private boolean isIn(Range range, PackedTiles patch, long start) {
        return range.level() == whole.closed().finest() && range.contains(start) && patch.level(range.level()) != null;
    }

    /** Adds the states of a cell, which are kept in slots, of a step of a window. */
    void merge(int cell, Slots slots, Window window, int step, long[] into) {
        for (Range range : steps(window).get(step)) {
            var level = whole.level(range.level());
            if (level != null) {
                forEachRun(level, range, (from, until) -> level.merge(cell, slots, from, until, into, buffer));
            }
            for (int i = 0; i < patched.size(); i++) {
                var patch = patched.get(i).level(range.level());
                if (patch != null && isIn(range, patched.get(i), patches.get(i).start())) {
                    patch.merge(cell, slots, 0, patch.count(), into, buffer);
                }
            }
        }
    }

    /** Adds the states of a cell, which are encoded, of a step of a window. */
    void merge(int cell, Window window, int step, AggregateState into) {
        for (Range range : steps(window).get(step)) {
            var level = whole.level(range.level());
            if (level != null) {
                forEachRun(level, range, (from, until) -> level.merge(cell, from, until, into));
            }
            for (int i = 0; i < patched.size(); i++) {
                var patch = patched.get(i).level(range.level());
                if (patch != null && isIn(range, patched.get(i), patches.get(i).start())) {
                    patch.merge(cell, 0, patch.count(), into);
                }
            }
        }
    }

    /** Adds the one state of a cell that the key has. */
    void mergeOfKey(int cell, AggregateState into) {
        whole.mergeOfKey(cell, into);
        for (var patch : patched) {
            patch.mergeOfKey(cell, into);
        }
    }

    private interface Run {
        void accept(int from, int until);
    }

    /** Gives the tiles of a range that were not patched over, as far as they stand side by side. */
    private void forEachRun(PackedTiles.Level level, Range range, Run run) {
        int from = level.position(range.from());
        int until = until(level, range);
        if (patches.isEmpty() || range.level() != whole.closed().finest()) {
            run.accept(from, until);
            return;
        }
        for (int tile = from; tile < until; tile++) {
            long start = level.start(tile);
            if (patches.stream().noneMatch(patch -> patch.start() == start)) {
                run.accept(tile, tile + 1);
            }
        }
    }

    private List<List<Range>> steps(Window window) {
        return steps.computeIfAbsent(window, it -> TileScheme.steps(it, asOf, whole.closed()));
    }
}
