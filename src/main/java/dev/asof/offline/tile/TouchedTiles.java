package dev.asof.offline.tile;

import dev.asof.offline.schema.TileStatements;
import dev.asof.offline.tile.Stretches.Stretch;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which tiles of a view version the rows of a transaction stand in: each one by itself while there are few; the days that have
 * some when there are many. For one thread.
 */
public final class TouchedTiles {

    /** Of more it is quicker not to rely on tiles for a while than to recompute them before the commit. */
    private static final int FEW = 5_000;

    private static final int MANY_DAYS = 5_000;

    private final RegisteredView view;
    private final int few;
    private final int inputs;
    private final Set<Place> hours = new HashSet<>();
    private final List<@Nullable Object[]> rowIds = new ArrayList<>();
    private final Set<Long> days = new TreeSet<>();
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
    private boolean many;

    /**
     * @param view that has tiles
     * @param few how many tiles are few
     */
    TouchedTiles(RegisteredView view, int few) {
        this.view = view;
        this.few = few;
        this.inputs = view.aggregates().orElseThrow().inputs().size();
    }

    /** None, of a view version that may have no tiles. */
    public static Optional<TouchedTiles> of(RegisteredView view) {
        return TileStatements.hasTiles(view) ? Optional.of(new TouchedTiles(view, FEW)) : Optional.empty();
    }

    RegisteredView view() {
        return view;
    }

    /** Adds a row; one without a key is there only to take the place of an earlier one of its row id. */
    public void add(FeatureRow row) {
        long eventMicros = Timestamps.toMicros(row.eventTimestamp());
        first = Math.min(first, eventMicros);
        last = Math.max(last, eventMicros);
        if (many) {
            addDay(eventMicros);
            return;
        }
        row.entity().ifPresent(key -> hours.add(Place.of(key, TileLevel.HOUR, eventMicros)));
        if (row.kept().length > inputs) {
            rowIds.add(Arrays.copyOfRange(row.kept(), inputs, row.kept().length));
        }
        if (hours.size() > few || rowIds.size() > few) {
            many = true;
            hours.forEach(hour -> addDay(hour.start()));
            hours.clear();
            rowIds.clear();
        }
    }

    private void addDay(long micros) {
        if (days.size() < MANY_DAYS) {
            days.add(TileLevel.DAY.floor(micros));
        }
    }

    boolean isEmpty() {
        return first > last;
    }

    boolean isMany() {
        return many;
    }

    /** The tiles of the finest level, if these are not many. */
    Set<Place> hours() {
        return hours;
    }

    /** The row ids of the rows, if these are not many. */
    List<@Nullable Object[]> rowIds() {
        return rowIds;
    }

    /** Whole days in which all the rows are, if these are many. */
    Stretches stretches() {
        long day = TileLevel.DAY.micros();
        if (days.size() >= MANY_DAYS) {
            return Stretches.of(TileLevel.DAY.floor(first), TileLevel.DAY.floor(last) + day);
        }
        return new Stretches(
                days.stream().map(start -> new Stretch(start, start + day)).toList());
    }
}
