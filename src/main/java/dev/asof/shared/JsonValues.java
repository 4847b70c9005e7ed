package dev.asof.shared;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Writes values to JSON by rule J1, the same online and in training rows. */
public final class JsonValues {

    private JsonValues() {}

    /**
     * Writes one value: INT64 as a number, or as text when asked; non-finite floats as {@code "NaN"},
     * {@code "Infinity"}, {@code "-Infinity"}; bytes in base64; timestamps by {@link Timestamps#format}; null as null.
     */
    public static void write(JsonGenerator json, ValueType type, @Nullable Object value, boolean int64AsText) {
        throw new UnsupportedOperationException("not written yet: " + json + type + value + int64AsText);
    }
}
