package dev.asof.materialization.tile;

import dev.asof.offline.AggregateRows;
import dev.asof.online.PublishedKey;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.KeyTilesBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes tiles of keys' rows, and of tiles that stand for some, as they are read, one key after the other. */
final class KeyReading implements AggregateRows.Rows {

    /** Of rows and tiles that were read, and of which what is made waits to be written. */
    private static final int ROWS_WAITING = 20_000;

    private final AggregatedView view;
    private final KeyPlans plans;
    private final boolean isWhole;
    private final Consumer<List<PublishedKey>> full;
    private final Set<EntityKey> unseen;
    private final Set<EntityKey> crowded = new HashSet<>();
    private List<PublishedKey> finished = new ArrayList<>();
    private int rows;
    private int recent;
    private @Nullable EntityKey key;
    private Optional<FeatureRow> newest = Optional.empty();
    private @Nullable KeyTilesBuilder tiles;

    private KeyReading(
            AggregatedView view,
            KeyPlans plans,
            boolean isWhole,
            Collection<EntityKey> keys,
            Consumer<List<PublishedKey>> full) {
        this.view = view;
        this.plans = plans;
        this.isWhole = isWhole;
        this.full = full;
        this.unseen = new HashSet<>(keys);
    }

    /** @param full takes keys that are finished when there are many, so that not all are kept */
    static KeyReading whole(
            AggregatedView view, KeyPlans plans, Collection<EntityKey> keys, Consumer<List<PublishedKey>> full) {
        return new KeyReading(view, plans, true, keys, full);
    }

    /** Of keys that are few, from the beginning of a finest tile on. */
    static KeyReading parts(AggregatedView view, KeyPlans plans, Collection<EntityKey> keys) {
        return new KeyReading(view, plans, false, keys, _ -> {});
    }

    @Override
    public void newest(FeatureRow row) {
        begin(row.key());
        newest = view.view().rowFeatures().isEmpty() ? Optional.empty() : Optional.of(row);
    }

    @Override
    public void counted(FeatureRow row) {
        var builder = begin(row.key());
        rows++;
        recent += plans.isRecent(Timestamps.toMicros(row.eventTimestamp())) ? 1 : 0;
        view.add(builder, row);
    }

    @Override
    public void tile(EntityKey ofKey, KeyTiles.Tile tile) {
        rows++;
        begin(ofKey).add(tile);
    }

    private KeyTilesBuilder begin(EntityKey next) {
        if (tiles == null || !next.equals(key)) {
            finish();
            key = next;
            recent = 0;
            newest = Optional.empty();
            tiles = plans.of(next).newKey();
        }
        return tiles;
    }

    private void finish() {
        if (key == null || tiles == null) {
            return;
        }
        unseen.remove(key);
        if (plans.found(key, recent, isWhole)) {
            crowded.add(key);
        }
        finished.add(new PublishedKey(key, newest, tiles.build()));
        key = null;
        tiles = null;
        if (isWhole && rows > ROWS_WAITING) {
            full.accept(finished);
            finished = new ArrayList<>();
            rows = 0;
        }
    }

    /** The keys that turned out to be crowded: they are to be read again, for finer tiles. */
    Set<EntityKey> crowded() {
        return crowded;
    }

    /** What is left once all rows are read; keys without rows are there with nothing. */
    List<PublishedKey> whole() {
        finish();
        unseen.forEach(gone -> finished.add(
                new PublishedKey(gone, Optional.empty(), plans.of(gone).newKey().build())));
        return finished;
    }

    /**
     * Of keys whose rows were read from the beginning of a finest tile on, the finest tiles. Those without any are left out: which
     * tile has no rows any more can't be said of a part.
     */
    List<PublishedKey> finest() {
        finish();
        return finished.stream()
                .map(part -> new PublishedKey(part.key(), part.newest(), finest(part.tiles())))
                .filter(part -> !part.tiles().tiles().isEmpty())
                .toList();
    }

    private static KeyTiles finest(KeyTiles all) {
        return new KeyTiles(
                all.closed(),
                all.newestEvent(),
                all.newest(),
                all.tiles().stream()
                        .filter(tile -> tile.level() == all.closed().finest())
                        .toList());
    }
}
