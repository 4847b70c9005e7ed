package dev.asof.online.row;

import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.Slots;
import dev.asof.transform.window.TileScheme.Range;
import dev.asof.transform.window.TileScheme.WindowReader;
import dev.asof.transform.window.Window;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A key's tiles as windows see them at an instant: what was patched in place of what it was patched over. For one thread. */
final class WindowTiles {

    /** Tiles of one level that stand side by side, by their positions. */
    private record Run(PackedTiles.Level level, int from, int until) {}

    /** A tile that was patched. */
    private record Patch(long start, PackedTiles tile) {}

    private final List<WindowReader> readers;
    private final PackedTiles whole;
    private final List<Patch> patches;
    private final long asOf;
    /** By the position of a window, the tiles of each of its steps; null before it is asked for. */
    private final @Nullable List<List<Run>>[] runs;

    private final Scratch scratch;

    @SuppressWarnings("unchecked")
    WindowTiles(TileLayout layout, List<WindowReader> readers, PackedKey key, long asOf, Scratch scratch) {
        this.scratch = scratch;
        this.readers = readers;
        this.whole = key.tiles(layout);
        this.patches = patches(layout, key);
        this.asOf = asOf;
        this.runs = new List[readers.size()];
    }

    private static List<Patch> patches(TileLayout layout, PackedKey key) {
        var all = key.patches();
        if (all.isEmpty()) {
            return List.of();
        }
        var patches = new ArrayList<Patch>(all.size());
        for (var patch : all) {
            if (!patch.isRow()) {
                patches.add(new Patch(patch.start(), patch.tiles(layout)));
            }
        }
        return patches;
    }

    /** When the last event took place; {@link WindowValues#NO_EVENT} if there is none. */
    long newestEvent() {
        long newest = whole.newestEvent();
        for (var patch : patches) {
            newest = Math.max(newest, patch.tile().newestEvent());
        }
        return newest;
    }

    /** When the last event in a window took place; {@link WindowValues#NO_EVENT} if there is none. */
    long lastEvent(int position, Window window) {
        if (window.hasHead()) {
            long newest = newestEvent();
            return newest >= window.from(asOf) ? newest : WindowValues.NO_EVENT;
        }
        long last = WindowValues.NO_EVENT;
        for (var step : runs(position)) {
            for (var run : step) {
                last = Math.max(last, run.level().event(run.until() - 1));
            }
        }
        return last;
    }

    /** Adds the states of a cell, which are kept in slots, of a step of a window. */
    void merge(int cell, Slots slots, int window, int step, long[] into) {
        for (Run run : runs(window).get(step)) {
            long[] buffer = scratch.longs((run.until() - run.from()) * slots.width());
            run.level().merge(cell, slots, run.from(), run.until(), into, buffer);
        }
    }

    /** Adds the states of a cell, which are encoded, of a step of a window. */
    void merge(int cell, int window, int step, AggregateState into) {
        for (Run run : runs(window).get(step)) {
            run.level().merge(cell, run.from(), run.until(), into);
        }
    }

    /** Adds the one state of a cell that the key has. */
    void mergeOfKey(int cell, AggregateState into) {
        whole.mergeOfKey(cell, into);
        for (var patch : patches) {
            patch.tile().mergeOfKey(cell, into);
        }
    }

    private List<List<Run>> runs(int window) {
        var known = runs[window];
        if (known != null) {
            return known;
        }
        var steps = readers.get(window).steps(asOf, whole.closed());
        var made = new ArrayList<List<Run>>(steps.size());
        for (var step : steps) {
            made.add(runs(step));
        }
        runs[window] = made;
        return made;
    }

    private List<Run> runs(List<Range> step) {
        var made = new ArrayList<Run>(step.size());
        for (Range range : step) {
            boolean isPatched =
                    !patches.isEmpty() && range.level() == whole.closed().finest();
            var level = whole.level(range.level());
            if (level != null) {
                int from = level.position(range.from());
                int until = range.until() == Window.HEAD ? level.count() : level.position(range.until());
                if (isPatched) {
                    addUnpatched(level, from, until, made);
                } else if (from < until) {
                    made.add(new Run(level, from, until));
                }
            }
            if (isPatched) {
                addPatches(range, made);
            }
        }
        return made;
    }

    private void addUnpatched(PackedTiles.Level level, int from, int until, List<Run> made) {
        for (int tile = from; tile < until; tile++) {
            if (!isPatched(level.start(tile))) {
                made.add(new Run(level, tile, tile + 1));
            }
        }
    }

    private boolean isPatched(long start) {
        for (var patch : patches) {
            if (patch.start() == start) {
                return true;
            }
        }
        return false;
    }

    private void addPatches(Range range, List<Run> made) {
        for (var patch : patches) {
            var level = patch.tile().level(range.level());
            if (level != null && range.contains(patch.start())) {
                made.add(new Run(level, 0, level.count()));
            }
        }
    }
}
