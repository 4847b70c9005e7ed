package dev.asof.online.row;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes values that are Java objects as {@link PackedValues} writes packed ones (rule J1). */
public final class ValueJson {

    private ValueJson() {}

    /** @param value of the class that its type has; null where there is none */
    public static void write(ValueType type, @Nullable Object value, JsonBytes json, boolean int64AsText) {
        if (value == null) {
            json.nothing();
            return;
        }
        switch (type) {
            case ScalarType scalar -> writeScalar(scalar, value, json, int64AsText);
            case ListType list -> writeList(list.element(), (List<?>) value, json, int64AsText);
        }
    }

    static void writeList(
            ScalarType type, List<? extends @Nullable Object> elements, JsonBytes json, boolean int64AsText) {
        json.raw('[');
        for (int i = 0; i < elements.size(); i++) {
            if (i > 0) {
                json.raw(',');
            }
            Object element = elements.get(i);
            if (element == null) {
                json.nothing();
            } else {
                writeScalar(type, element, json, int64AsText);
            }
        }
        json.raw(']');
    }

    private static void writeScalar(ScalarType type, Object value, JsonBytes json, boolean int64AsText) {
        switch (type) {
            case BOOLEAN -> json.bool((Boolean) value);
            case INT32 -> json.int64((Integer) value);
            case INT64 -> PackedValues.writeInt64((Long) value, json, int64AsText);
            case FLOAT32 -> json.float32((Float) value);
            case FLOAT64 -> json.float64((Double) value);
            case STRING -> json.string((String) value);
            case BYTES -> {
                byte[] bytes = (byte[]) value;
                json.base64(bytes, 0, bytes.length);
            }
            case TIMESTAMP -> json.timestamp(Timestamps.toMicros((Instant) value));
        }
    }
}
