package dev.asof.shared;

import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One computed row of a feature view version: what goes to both stores.
 *
 * @param keys the join key values in the view's order
 * @param entity the same, encoded; empty when one of them is null: such a row describes no entity, and is kept only for what it
 *     replaces (rule W4)
 * @param eventTimestamp when the event happened, in microseconds
 * @param rowSequence breaks ties between rows with the same event timestamp: greater wins (rule A1)
 * @param deleted whether the row says that its key is gone (rule I5); its values are then all null
 * @param values the view's features that are no aggregates, in its order
 * @param failed positions of features whose expression failed; their values are null (rule C2)
 * @param kept what the row keeps for the view's aggregates; empty without them
 */
@SuppressWarnings("ArrayRecordComponent")
public record FeatureRow(
        @Nullable Object[] keys,
        Optional<EntityKey> entity,
        Instant eventTimestamp,
        long rowSequence,
        boolean deleted,
        @Nullable Object[] values,
        int[] failed,
        @Nullable Object[] kept) {

    private static final int[] NONE = {};

    private static final @Nullable Object[] NOTHING = {};

    public FeatureRow(
            @Nullable Object[] keys,
            Instant eventTimestamp,
            long rowSequence,
            boolean deleted,
            @Nullable Object[] values,
            int[] failed,
            @Nullable Object[] kept) {
        this(
                keys,
                Optional.ofNullable(EntityKey.of(Arrays.asList(keys))),
                eventTimestamp,
                rowSequence,
                deleted,
                values,
                failed,
                kept);
    }

    /** A row of a view without aggregates. */
    public FeatureRow(
            Object[] keys,
            Instant eventTimestamp,
            long rowSequence,
            boolean deleted,
            @Nullable Object[] values,
            int[] failed) {
        this(keys, eventTimestamp, rowSequence, deleted, values, failed, NOTHING);
    }

    /** A row without failures. */
    public static FeatureRow of(Object[] keys, Instant eventTimestamp, long rowSequence, @Nullable Object[] values) {
        return new FeatureRow(keys, eventTimestamp, rowSequence, false, values, NONE);
    }

    /** A row that deletes its key. */
    public static FeatureRow tombstone(Object[] keys, Instant eventTimestamp, long rowSequence, int features) {
        return new FeatureRow(keys, eventTimestamp, rowSequence, true, new @Nullable Object[features], NONE);
    }

    /** @throws java.util.NoSuchElementException of a row that has none */
    public EntityKey key() {
        return entity.orElseThrow();
    }
}
