package dev.asof.materialization;

import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The newest row of each key that a transaction's batches bring to a view version, by rule A1. A bounded number of keys
 * is kept in memory; past that, all rows go to temporary files, split by key so that each part can be read back and
 * reduced on its own.
 */
final class NewestRows implements AutoCloseable {

    private final OnlineStore online;
    private final RegisteredView view;
    private final int keysInMemory;
    private final Map<EntityKey, FeatureRow> newest = new HashMap<>();
    private @Nullable SpilledRows spilled;

    NewestRows(OnlineStore online, RegisteredView view, int keysInMemory) {
        this.online = online;
        this.view = view;
        this.keysInMemory = keysInMemory;
    }

    void add(FeatureRow row) {
        if (spilled != null) {
            spilled.add(online.pack(view, row));
            return;
        }
        newest.merge(row.key(), row, NewestRows::newer);
        if (newest.size() > keysInMemory) {
            spill();
        }
    }

    /** Rule A1 between two rows of a key. */
    private static FeatureRow newer(FeatureRow one, FeatureRow other) {
        int byTime = one.eventTimestamp().compareTo(other.eventTimestamp());
        if (byTime != 0) {
            return byTime > 0 ? one : other;
        }
        return one.rowSequence() > other.rowSequence() ? one : other;
    }

    private void spill() {
        var files = new SpilledRows();
        spilled = files;
        newest.values().forEach(row -> files.add(online.pack(view, row)));
        newest.clear();
    }

    boolean isSpilled() {
        return spilled != null;
    }

    /** Gives the newest row of every key, packed, in collections that fit in memory. */
    void forEachPart(Consumer<Collection<OnlineRow>> part) {
        if (spilled == null) {
            part.accept(newest.values().stream().map(row -> online.pack(view, row)).toList());
            return;
        }
        spilled.forEachPart(part);
    }

    @Override
    public void close() {
        if (spilled != null) {
            spilled.close();
        }
    }
}
