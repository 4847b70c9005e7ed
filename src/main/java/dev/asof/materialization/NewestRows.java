package dev.asof.materialization;

import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The newest row of each key that a transaction's batches bring to a view version, by rule A1. So much is kept in memory;
 * past that, all rows go to temporary files, split by key so that each part can be read back and reduced on its own. Such
 * files have buffers and open files of their own, so the server has so many sets of them; where none is left, or they grow
 * too large, nothing is kept, and the rows are to be read from Postgres.
 */
final class NewestRows implements AutoCloseable {

    private static final long MOST_SPILLED_BYTES = 1L << 30;

    /** What a row and its key take without their values, and a value besides its text. */
    private static final int ROW_BYTES = 200;

    private static final int VALUE_BYTES = 24;

    private final OnlineStore online;
    private final RegisteredView view;
    private final long bytesInMemory;
    private final Semaphore spills;
    private final Map<EntityKey, FeatureRow> newest = new HashMap<>();
    private long bytes;
    private @Nullable SpilledRows spilled;
    private boolean overflown;

    /**
     * @param bytesInMemory how much it may keep there, about
     * @param spills permits for sets of temporary files
     */
    NewestRows(OnlineStore online, RegisteredView view, long bytesInMemory, Semaphore spills) {
        this.online = online;
        this.view = view;
        this.bytesInMemory = bytesInMemory;
        this.spills = spills;
    }

    void add(FeatureRow row) {
        if (overflown) {
            return;
        }
        if (spilled != null) {
            spilled.add(online.pack(view, row));
            if (spilled.bytes() > MOST_SPILLED_BYTES) {
                close();
                overflown = true;
            }
            return;
        }
        var before = newest.get(row.key());
        if (before != null && newer(before, row) == before) {
            return;
        }
        newest.put(row.key(), row);
        bytes += size(row) - (before == null ? 0 : size(before));
        if (bytes > bytesInMemory) {
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

    private static long size(FeatureRow row) {
        long size = ROW_BYTES + row.key().bytes().length;
        for (Object value : row.values()) {
            size += VALUE_BYTES + size(value);
        }
        return size;
    }

    private static long size(@Nullable Object value) {
        return switch (value) {
            case String text -> text.length();
            case byte[] binary -> binary.length;
            case List<?> list ->
                list.stream().mapToLong(each -> VALUE_BYTES + size(each)).sum();
            case null, default -> 0;
        };
    }

    private void spill() {
        if (spills.tryAcquire()) {
            var files = open();
            spilled = files;
            newest.values().forEach(row -> files.add(online.pack(view, row)));
        } else {
            overflown = true;
        }
        newest.clear();
    }

    private SpilledRows open() {
        try {
            return new SpilledRows();
        } catch (RuntimeException e) {
            spills.release();
            throw e;
        }
    }

    /** Whether there are too many rows to keep, so that they have to be read from Postgres. */
    boolean isOverflown() {
        return overflown;
    }

    /** Whether they are so many that bringing them online takes long. */
    boolean isMany() {
        return overflown || spilled != null;
    }

    /** Gives the newest row of every key, packed, in collections that fit in memory; none if they are too many. */
    void forEachPart(Consumer<Collection<OnlineRow>> part) {
        if (spilled == null) {
            part.accept(
                    newest.values().stream().map(row -> online.pack(view, row)).toList());
            return;
        }
        spilled.forEachPart(part);
    }

    @Override
    public void close() {
        if (spilled != null) {
            try {
                spilled.close();
            } finally {
                spilled = null;
                spills.release();
            }
        }
    }
}
