package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Values of a type as longs: integers, microseconds, 0 or 1, and the bits of floats as doubles. */
final class RawValues {

    private RawValues() {}

    static boolean has(ScalarType type) {
        return type != ScalarType.STRING && type != ScalarType.BYTES;
    }

    static long of(@Nullable Object value) {
        return switch (Objects.requireNonNull(value)) {
            case Integer number -> number;
            case Long number -> number;
            case Double number -> Double.doubleToLongBits(number);
            case Float number -> Double.doubleToLongBits(number);
            case Boolean bool -> bool ? 1 : 0;
            case Instant instant -> Timestamps.toMicros(instant);
            case Object other -> throw new IllegalArgumentException("Not of a fixed width: " + other.getClass());
        };
    }

    static Object value(ScalarType type, long raw) {
        return switch (type) {
            case BOOLEAN -> raw != 0;
            case INT32 -> Math.toIntExact(raw);
            case INT64 -> raw;
            case FLOAT32 -> (float) Double.longBitsToDouble(raw);
            case FLOAT64 -> Double.longBitsToDouble(raw);
            case TIMESTAMP -> Timestamps.ofMicros(raw);
            case STRING, BYTES -> throw new IllegalArgumentException("Not of a fixed width: " + type);
        };
    }

    static boolean isFloat(ScalarType type) {
        return type == ScalarType.FLOAT32 || type == ScalarType.FLOAT64;
    }

    static void put(StateWriter out, boolean isFloat, long raw) {
        if (isFloat) {
            out.putDouble(Double.longBitsToDouble(raw));
        } else {
            out.putSigned(raw);
        }
    }

    static long read(StateReader in, boolean isFloat) {
        return isFloat ? Double.doubleToRawLongBits(in.readDouble()) : in.readSigned();
    }
}
