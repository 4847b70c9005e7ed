package dev.asof.online.trial;

import dev.asof.online.ValueStatus;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Shown;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import dev.asof.transform.window.AggregateResult.Buckets;
import dev.asof.transform.window.ShortText;
import dev.asof.transform.window.ValueOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The row that an expression is tried on, one place of it after the other. */
final class TrialValues {

    private static final int LONGEST_KEY = 50;

    /**
     * What an expression may read.
     *
     * @param name in the expression
     * @param type of its value; of a bucketed aggregate's, of each of them
     * @param key the type of a bucketed aggregate's keys, which are a list of their own in the row; null of others
     * @param options how a value that was sent is read
     */
    record Place(String name, ValueType type, @Nullable ScalarType key, ValueConverter.Options options) {}

    /** What stands in a place; of a bucketed aggregate {@link Buckets}. */
    record Filled(Place place, @Nullable Object value, ValueStatus status) {}

    private final List<Filled> filled = new ArrayList<>();

    void add(Place place, @Nullable Object value, ValueStatus status) {
        filled.add(new Filled(place, value, status));
    }

    List<Filled> filled() {
        return Collections.unmodifiableList(filled);
    }

    /** In the form that programs read. */
    @Nullable
    Object[] row() {
        var row = new ArrayList<@Nullable Object>();
        for (Filled each : filled) {
            if (each.place().key() == null) {
                row.add(each.value());
            } else if (each.value() instanceof Buckets(List<Object> keys, List<@Nullable Object> values)) {
                row.add(keys);
                row.add(values);
            } else {
                row.add(null);
                row.add(null);
            }
        }
        return row.toArray();
    }

    /**
     * Reads values as they were sent.
     *
     * @param path where they stand in the request
     */
    static TrialValues of(List<Place> places, Map<String, @Nullable Object> sent, String path, Violations problems) {
        var names = places.stream().map(Place::name).toList();
        sent.keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> problems.add(Violation.of(
                        path + "." + name,
                        "unknown_column",
                        "The expression can't read a '%s'; leave it out".formatted(name),
                        Suggestions.nearest(name, names))));
        var values = new TrialValues();
        for (Place place : places) {
            Object value = converted(place, sent.get(place.name()), path + "." + place.name(), problems);
            values.add(place, value, value == null ? ValueStatus.NULL_VALUE : ValueStatus.PRESENT);
        }
        return values;
    }

    /** Null where it is null, and where it can't be read, which is told. */
    static @Nullable Object converted(Place place, @Nullable Object sent, String path, Violations problems) {
        if (sent == null) {
            return null;
        }
        try {
            return place.key() == null
                    ? ValueConverter.convert(sent, place.type(), place.options())
                    : buckets(place, place.key(), sent);
        } catch (ValueConversionException e) {
            boolean isOfRequest = place.options().equals(ValueConverter.Options.STRICT);
            String explanation = isOfRequest && e.rule().equals(ValueConversionException.NON_FINITE)
                    ? "%s expected, and NaN and infinities are none; send null where there is no value"
                            .formatted(place.type())
                    : e.explanation();
            problems.add(Violation.of(path, e.rule(), "%s: %s".formatted(place.name(), explanation)));
            return null;
        }
    }

    /** In the order in which aggregates have them, with as much of texts as these keep. */
    private static Buckets buckets(Place place, ScalarType key, Object sent) throws ValueConversionException {
        if (!(sent instanceof Map<?, ?> map)) {
            throw new ValueConversionException(
                    "type", "an object from keys to values expected, such as {\"food\": 2.5}");
        }
        var ordered = new TreeMap<Object, @Nullable Object>(ValueOrder.of(key));
        for (var entry : map.entrySet()) {
            Object value = entry.getValue();
            Object converted = ValueConverter.convert(String.valueOf(entry.getKey()), key, place.options());
            Object kept = converted instanceof String text ? ShortText.of(text) : converted;
            if (ordered.containsKey(kept)) {
                throw new ValueConversionException(
                        "duplicate_key",
                        "the key %s is there twice".formatted(Shown.cut(String.valueOf(kept), LONGEST_KEY)));
            }
            ordered.put(kept, value == null ? null : ValueConverter.convert(value, place.type(), place.options()));
        }
        return new Buckets(new ArrayList<>(ordered.keySet()), new ArrayList<>(ordered.values()));
    }
}
