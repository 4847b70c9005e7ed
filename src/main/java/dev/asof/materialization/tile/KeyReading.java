package dev.asof.materialization.tile;

import dev.asof.offline.AggregateRows;
import dev.asof.online.PublishedKey;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.transform.window.KeyTiles;
import dev.asof.transform.window.KeyTilesBuilder;
import dev.asof.transform.window.TilePlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes tiles of keys' rows as they are read, one key after the other. */
final class KeyReading implements AggregateRows.Rows {

    /** Of rows whose tiles wait to be written. */
    private static final int ROWS_WAITING = 20_000;

    private final AggregatedView program;
    private final TilePlan plan;
    private final Consumer<List<PublishedKey>> full;
    private final Set<EntityKey> unseen;
    private List<PublishedKey> finished = new ArrayList<>();
    private int rows;
    private @Nullable EntityKey key;
    private Optional<FeatureRow> newest = Optional.empty();
    private KeyTilesBuilder tiles;

    /** @param full takes keys that are finished when there are many, so that not all are kept */
    KeyReading(AggregatedView program, TilePlan plan, Collection<EntityKey> keys, Consumer<List<PublishedKey>> full) {
        this.program = program;
        this.plan = plan;
        this.full = full;
        this.unseen = new HashSet<>(keys);
        this.tiles = plan.newKey();
    }

    @Override
    public void newest(FeatureRow row) {
        begin(row.key());
        newest = program.view().rowFeatures().isEmpty() ? Optional.empty() : Optional.of(row);
    }

    @Override
    public void counted(FeatureRow row) {
        begin(row.key());
        rows++;
        program.add(tiles, row);
    }

    private void begin(EntityKey next) {
        if (!next.equals(key)) {
            finish();
            key = next;
            newest = Optional.empty();
            tiles = plan.newKey();
        }
    }

    private void finish() {
        if (key == null) {
            return;
        }
        unseen.remove(key);
        finished.add(new PublishedKey(key, newest, tiles.build()));
        key = null;
        if (rows > ROWS_WAITING) {
            full.accept(finished);
            finished = new ArrayList<>();
            rows = 0;
        }
    }

    /** What is left once all rows are read; keys without rows are there with nothing. */
    List<PublishedKey> whole() {
        finish();
        unseen.forEach(gone -> finished.add(
                new PublishedKey(gone, Optional.empty(), plan.newKey().build())));
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
