package dev.asof.offline.tile;

import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.AggregateInput;
import dev.asof.transform.window.QuantileBucket;
import dev.asof.transform.window.ValueHash;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Rows as a program makes them: what they keep for aggregates fits together. */
final class RandomRows {

    private static final List<Double> FLOATS = List.of(
            0.0, -0.0, 1.5, -2.25, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 7e-3, 3.0, -4.1);

    private final Random random;
    private final ViewAggregates aggregates;
    private final int keys;
    private final boolean wild;

    /** @param wild whether floats may be infinite or NaN */
    RandomRows(Random random, RegisteredView view, int keys, boolean wild) {
        this.random = random;
        this.aggregates = view.aggregates().orElseThrow();
        this.keys = keys;
        this.wild = wild;
    }

    /** @param ids how many row ids there are */
    FeatureRow row(Instant event, long sequence, int ids) {
        boolean hasId = !aggregates.rowId().isEmpty();
        @Nullable Object[] key = {hasId && random.nextInt(12) == 0 ? null : "k" + random.nextInt(keys)};
        boolean deleted = random.nextInt(25) == 0;
        var kept = new @Nullable
                Object[aggregates.inputs().size() + aggregates.rowId().size()];
        if (!deleted) {
            fill(kept);
        }
        if (hasId) {
            kept[kept.length - 1] = random.nextInt(10) == 0 ? null : (Long) (long) random.nextInt(ids);
        }
        return new FeatureRow(key, event, sequence, deleted, new @Nullable Object[0], new int[0], kept);
    }

    private void fill(@Nullable Object[] kept) {
        Map<Optional<String>, Optional<Object>> values = new HashMap<>();
        for (int i = 0; i < aggregates.inputs().size(); i++) {
            AggregateInput input = aggregates.inputs().get(i);
            var value = values.computeIfAbsent(
                    input.column(),
                    _ -> input.valueType().filter(_ -> random.nextInt(8) > 0).map(this::value));
            kept[i] = formed(input, value.orElse(null));
        }
    }

    private static @Nullable Object formed(AggregateInput input, @Nullable Object value) {
        if (input.form() == AggregateInput.Form.ADMITTED) {
            return true;
        }
        if (value == null) {
            return null;
        }
        return switch (input.form()) {
            case ADMITTED, PRESENT -> true;
            case VALUE, SHORT -> value;
            case SHORT_HASH, HASH -> ValueHash.of(value);
            case QUANTILE_BUCKET -> {
                double number = ((Number) value).doubleValue();
                yield Double.isNaN(number) ? null : (Integer) QuantileBucket.of(number);
            }
        };
    }

    private Object value(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> random.nextInt(-50, 50);
            case INT64 -> random.nextInt(6) == 0 ? Long.MAX_VALUE - random.nextInt(3) : (Long) random.nextLong(-9, 9);
            case FLOAT32 -> random.nextInt(40) / 8f;
            case FLOAT64 -> wild ? FLOATS.get(random.nextInt(FLOATS.size())) : random.nextInt(-4000, 4000) / 7.0;
            case STRING -> "s" + random.nextInt(60);
            case BYTES -> new byte[] {(byte) random.nextInt(5)};
            case TIMESTAMP -> Instant.ofEpochSecond(random.nextInt(-1000, 1000));
        };
    }
}
