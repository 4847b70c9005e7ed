package dev.asof.materialization.tile;

import dev.asof.offline.TouchedKeys.RowId;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a transaction's batches change a view's aggregates: at their rows, and at the rows that they replace (rule W4). So much
 * is kept in memory; past that nothing is, and it is to be read from Postgres.
 */
public final class TouchedRows {

    /** Of a key all of whose rows may be touched. */
    static final long WHOLE = Long.MIN_VALUE;

    private static final int KEY_BYTES = 140;
    private static final int ID_BYTES = 200;
    private static final int CHAR_BYTES = 2;

    private final ViewAggregates aggregates;
    private final long bytesInMemory;
    private final Map<EntityKey, Long> keys = new HashMap<>();
    private final List<RowId> ids = new ArrayList<>();
    private long bytes;
    private boolean overflown;

    /** @param bytesInMemory how much it may keep, about */
    public TouchedRows(ViewAggregates aggregates, long bytesInMemory) {
        this.aggregates = aggregates;
        this.bytesInMemory = bytesInMemory;
    }

    /** @param isAhead whether it is not due yet: then it counts nowhere now, but may already replace another row */
    public void add(FeatureRow row, boolean isAhead) {
        if (overflown) {
            return;
        }
        if (!isAhead && row.entity().isPresent()) {
            long from = row.deleted() ? WHOLE : Timestamps.toMicros(row.eventTimestamp());
            if (keys.merge(row.key(), from, Math::min) == from) {
                bytes += KEY_BYTES + row.key().bytes().length;
            }
        }
        RowId.of(row, aggregates).ifPresent(id -> {
            ids.add(id);
            bytes += ID_BYTES;
            id.id().forEach(value -> bytes += value instanceof String text ? (long) CHAR_BYTES * text.length() : 0);
        });
        if (bytes > bytesInMemory) {
            overflown = true;
            keys.clear();
            ids.clear();
        }
    }

    /** Whether there is too much to keep. */
    public boolean isOverflown() {
        return overflown;
    }

    /** The keys of the rows that are due, each with its first event in microseconds, or {@link #WHOLE}. */
    public Map<EntityKey, Long> keys() {
        return keys;
    }

    /** The rows that may replace others. */
    public List<RowId> ids() {
        return ids;
    }
}
