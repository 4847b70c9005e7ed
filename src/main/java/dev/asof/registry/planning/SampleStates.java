package dev.asof.registry.planning;

import dev.asof.shared.ScalarType;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.QuantileBucket;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.StateWriter;
import dev.asof.transform.window.ValueHash;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How long states are, by samples: of texts of 6 characters, and numbers with two decimals. */
final class SampleStates {

    private static final long FIRST_EVENT = 1_700_000_000_000_000L;
    private static final long FIRST_SEQUENCE = 1_000_000;

    private SampleStates() {}

    /** The greatest length of an encoded state of so many rows: all that it may keep is kept. */
    static int mostBytes(StateKind kind, int rows) {
        return bytes(kind, rows, rows);
    }

    /** The usual length of an encoded state of so many rows: there are as many different keys as are answered. */
    static int bytes(StateKind kind, int rows) {
        return bytes(
                kind,
                rows,
                switch (kind) {
                    case StateKind.Buckets(StateKind _, int maxKeys, ScalarType _) -> maxKeys;
                    case StateKind.Frequencies(int k, ScalarType _) -> k;
                    case StateKind.Count _,
                            StateKind.IntegerSum _,
                            StateKind.FloatSum _,
                            StateKind.Moments _,
                            StateKind.Extreme _,
                            StateKind.Edge _,
                            StateKind.DistinctHashes _,
                            StateKind.QuantileBuckets _,
                            StateKind.LastValues _,
                            StateKind.LastDistinct _ -> rows;
                });
    }

    private static int bytes(StateKind kind, int rows, int variety) {
        var state = kind.empty();
        for (int row = 0; row < rows; row++) {
            if (kind instanceof StateKind.Buckets(StateKind each, int _, ScalarType keyType)) {
                Object key = value(keyType, row % variety);
                add(each, state.inBucket(key, ValueHash.of(key)), row, row);
            } else {
                add(kind, state, row, row % variety);
            }
        }
        var out = new StateWriter();
        state.encode(out);
        return out.size();
    }

    private static void add(StateKind kind, AggregateState state, int row, int sample) {
        Object value = value(kind, sample);
        long hash =
                kind instanceof StateKind.Frequencies(int _, ScalarType type) ? ValueHash.of(value(type, sample)) : 0;
        state.add(value, hash, FIRST_EVENT + row * 60_000_000L, FIRST_SEQUENCE + row);
    }

    private static @Nullable Object value(StateKind kind, int row) {
        return switch (kind) {
            case StateKind.Count _ -> null;
            case StateKind.IntegerSum _ -> value(ScalarType.INT64, row);
            case StateKind.FloatSum _, StateKind.Moments _ -> value(ScalarType.FLOAT64, row);
            case StateKind.Extreme(boolean _, ScalarType type) -> value(type, row);
            case StateKind.Edge(boolean _, ScalarType type) -> value(type, row);
            case StateKind.DistinctHashes _ -> ValueHash.of((long) row);
            case StateKind.QuantileBuckets _ -> QuantileBucket.of(decimal(row));
            case StateKind.LastValues(int _, ScalarType type) -> value(type, row);
            case StateKind.LastDistinct(int _, ScalarType type) -> value(type, row);
            case StateKind.Frequencies(int _, ScalarType type) -> value(type, row);
            case StateKind.Buckets _ -> throw new IllegalArgumentException("Buckets in buckets");
        };
    }

    private static Object value(ScalarType type, int row) {
        return switch (type) {
            case BOOLEAN -> row % 2 == 0;
            case INT32 -> row * 7;
            case INT64 -> row * 7L;
            case FLOAT32 -> (float) decimal(row);
            case FLOAT64 -> decimal(row);
            case STRING -> String.format(Locale.ROOT, "v%05d", row);
            case BYTES ->
                new byte[] {1, 2, 3, 4, (byte) (row >> 24), (byte) (row >> 16), (byte) (row >> 8), (byte) row};
            case TIMESTAMP -> Instant.ofEpochSecond(1_700_000_000L + row * 3_600L);
        };
    }

    private static double decimal(int row) {
        return Math.round(row * 137.0) / 100.0;
    }
}
