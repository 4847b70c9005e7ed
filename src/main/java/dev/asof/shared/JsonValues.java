package dev.asof.shared;

import java.time.Instant;
import java.util.List;
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
        if (value == null) {
            json.writeNull();
            return;
        }
        switch (type) {
            case ScalarType scalar -> writeScalar(json, scalar, value, int64AsText);
            case ListType list -> {
                json.writeStartArray();
                for (Object element : (List<?>) value) {
                    write(json, list.element(), element, int64AsText);
                }
                json.writeEndArray();
            }
        }
    }

    private static void writeScalar(JsonGenerator json, ScalarType type, Object value, boolean int64AsText) {
        switch (type) {
            case BOOLEAN -> json.writeBoolean((Boolean) value);
            case INT32 -> json.writeNumber((int) (Integer) value);
            case INT64 -> writeInt64(json, (Long) value, int64AsText);
            case FLOAT32 -> writeFloat32(json, (Float) value);
            case FLOAT64 -> writeFloat64(json, (Double) value);
            case STRING -> json.writeString((String) value);
            case BYTES -> json.writeBinary((byte[]) value);
            case TIMESTAMP -> json.writeString(Timestamps.format((Instant) value));
        }
    }

    private static void writeInt64(JsonGenerator json, long value, boolean asText) {
        if (asText) {
            json.writeString(Long.toString(value));
        } else {
            json.writeNumber(value);
        }
    }

    private static void writeFloat32(JsonGenerator json, float value) {
        if (Float.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeString(Float.toString(value));
        }
    }

    private static void writeFloat64(JsonGenerator json, double value) {
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeString(Double.toString(value));
        }
    }
}
