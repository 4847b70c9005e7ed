package dev.asof.training;

import dev.asof.formats.ResultColumn;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A row of a dataset while it is built.
 *
 * @param ordinal its number, from 1
 * @param values of {@link Shape#columns()}
 * @param eventTimestamps for each of {@link dev.asof.registry.FeatureSelection#timestampSources()}: of the row that features
 *     come from, or the greatest in their window; null where there is no row
 * @param knownTimestamps likewise
 */
@SuppressWarnings("ArrayRecordComponent")
public record DatasetRow(
        Shape shape,
        long ordinal,
        @Nullable Object[] values,
        @Nullable Instant[] eventTimestamps,
        @Nullable Instant[] knownTimestamps) {

    /**
     * Which columns are what.
     *
     * @param keys positions of the join keys
     * @param firstFeature position of the first feature; those before are the spine's
     */
    public record Shape(List<ResultColumn> columns, int asOf, List<Integer> keys, int firstFeature) {}

    public Instant asOf() {
        return (Instant) Objects.requireNonNull(values[shape.asOf()]);
    }

    /** The join keys by name. */
    public Map<String, @Nullable Object> keys() {
        var keys = new LinkedHashMap<String, @Nullable Object>();
        shape.keys().forEach(key -> keys.put(shape.columns().get(key).name(), values[key]));
        return keys;
    }
}
