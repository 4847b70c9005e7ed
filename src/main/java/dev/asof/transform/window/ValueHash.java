package dev.asof.transform.window;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import dev.asof.shared.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * The 64-bit hash of a value, by which states choose which values they keep. Hashes are stored: it is the same for ever. It is
 * the first 64 bits of Murmur3's 128 over canonical bytes: an integer is eight bytes, least first, whatever its type; a timestamp
 * its microseconds; a float the bits of the double, with one NaN; a boolean 0 or 1 as an integer; text its UTF-8.
 */
public final class ValueHash {

    private static final HashFunction MURMUR = Hashing.murmur3_128();

    private ValueHash() {}

    /** @param value of a scalar type's class */
    public static long of(Object value) {
        return switch (value) {
            case Integer number -> ofLong(number);
            case Long number -> ofLong(number);
            case Double number -> ofDouble(number);
            case Float number -> ofDouble(number);
            case String text ->
                MURMUR.hashBytes(text.getBytes(StandardCharsets.UTF_8)).asLong();
            case byte[] bytes -> MURMUR.hashBytes(bytes).asLong();
            case Boolean bool -> ofLong(bool ? 1 : 0);
            case Instant instant -> ofLong(Timestamps.toMicros(instant));
            default -> throw new IllegalArgumentException("Not a scalar: " + value.getClass());
        };
    }

    /** Of an integer of any type. */
    public static long ofLong(long value) {
        return MURMUR.hashLong(value).asLong();
    }

    private static long ofDouble(double value) {
        return ofLong(Double.doubleToLongBits(value));
    }
}
