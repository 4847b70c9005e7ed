package dev.asof.shared;

import java.time.ZoneId;
import java.util.Optional;

/**
 * Reads a value as it stands in JSON, CSV or Parquet into the class its {@link ValueType} asks for: the one place
 * that knows rules T1, J1 and J2.
 */
public final class ValueConverter {

    /**
     * What a conversion may assume.
     *
     * @param zone of local times without an offset; empty when they are an error
     * @param endOfDay whether a date without a time means the last microsecond of its day
     * @param nonFinite whether NaN and infinities are values
     */
    public record Options(Optional<ZoneId> zone, boolean endOfDay, boolean nonFinite) {
        public static final Options STRICT = new Options(Optional.empty(), false, false);
    }

    private ValueConverter() {}

    /**
     * Converts one value.
     *
     * @param raw a Boolean, Integer, Long, BigInteger, Float, Double, BigDecimal, String, {@code byte[]}, Instant,
     *     LocalDateTime, LocalDate or List of those; never null
     * @throws ValueConversionException when the value is not of the type; its message says what is expected
     */
    public static Object convert(Object raw, ValueType type, Options options) throws ValueConversionException {
        throw new UnsupportedOperationException("not written yet: " + raw + type + options);
    }
}
