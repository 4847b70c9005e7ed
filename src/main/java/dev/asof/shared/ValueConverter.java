package dev.asof.shared;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a value as it stands in JSON, CSV or Parquet into the class its {@link ValueType} asks for: the one place
 * that knows rules T1, J1 and J2.
 */
public final class ValueConverter {

    /**
     * What a conversion may assume.
     *
     * @param zone of local times without an offset; empty when they are an error
     * @param endOfDay whether a date means the last microsecond of its day; a local time of midnight counts as a date,
     *     because that is how pandas writes one
     * @param nonFinite whether NaN and infinities are values
     */
    public record Options(Optional<ZoneId> zone, boolean endOfDay, boolean nonFinite) {
        public static final Options STRICT = new Options(Optional.empty(), false, false);
    }

    private static final int SHOWN_CHARACTERS = 80;

    private ValueConverter() {}

    /**
     * Converts one value.
     *
     * @param raw a Boolean, Integer, Long, BigInteger, Float, Double, BigDecimal, String, {@code byte[]}, Instant,
     *     LocalDateTime, LocalDate or List of those; never null
     * @throws ValueConversionException when the value is not of the type; its message says what is expected
     */
    public static Object convert(Object raw, ValueType type, Options options) throws ValueConversionException {
        return switch (type) {
            case ScalarType scalar -> scalar(raw, scalar, options);
            case ListType list -> list(raw, list, options);
        };
    }

    private static Object scalar(Object raw, ScalarType type, Options options) throws ValueConversionException {
        return switch (type) {
            case BOOLEAN -> raw instanceof Boolean ? raw : bool(raw);
            case INT32 -> raw instanceof Integer ? raw : NumberValues.int32(raw);
            case INT64 -> raw instanceof Long ? raw : NumberValues.int64(raw);
            case FLOAT32 -> NumberValues.float32(raw, options.nonFinite());
            case FLOAT64 -> NumberValues.float64(raw, options.nonFinite());
            case STRING -> string(raw);
            case BYTES -> raw instanceof byte[] ? raw : bytes(raw);
            case TIMESTAMP -> timestamp(raw, options);
        };
    }

    private static Boolean bool(Object raw) throws ValueConversionException {
        if (raw instanceof String text) {
            switch (text) {
                case "true", "True", "TRUE", "1":
                    return Boolean.TRUE;
                case "false", "False", "FALSE", "0":
                    return Boolean.FALSE;
                default:
                    throw unexpected(ScalarType.BOOLEAN, "true, false, 1 or 0", raw);
            }
        }
        if ((raw instanceof Integer || raw instanceof Long) && raw instanceof Number number) {
            long value = number.longValue();
            if (value == 0 || value == 1) {
                return value == 1;
            }
        }
        throw unexpected(ScalarType.BOOLEAN, "true or false", raw);
    }

    private static String string(Object raw) throws ValueConversionException {
        if (!(raw instanceof String text)) {
            throw unexpected(ScalarType.STRING, "text", raw);
        }
        int nul = text.indexOf(0);
        if (nul >= 0) {
            throw new ValueConversionException(
                    "nul_character", "The text has a NUL character at position " + nul + ", which can't be stored");
        }
        int unpaired = Surrogates.unpaired(text);
        if (unpaired >= 0) {
            throw new ValueConversionException(
                    "unpaired_surrogate",
                    "The text has half a surrogate pair at position " + unpaired + ", which is not a character");
        }
        return text;
    }

    private static byte[] bytes(Object raw) throws ValueConversionException {
        if (raw instanceof String text) {
            try {
                return Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                throw unexpected(ScalarType.BYTES, "base64 text", raw);
            }
        }
        throw unexpected(ScalarType.BYTES, "base64 text", raw);
    }

    private static Instant timestamp(Object raw, Options options) throws ValueConversionException {
        return switch (raw) {
            case String text -> TimestampText.parse(text, options);
            case Instant instant -> LocalTimes.checked(instant, raw);
            case LocalDateTime local -> LocalTimes.instantOf(local, options, raw);
            case LocalDate date -> LocalTimes.instantOf(date, options, raw);
            case Number number ->
                throw new ValueConversionException(
                        "type",
                        "TIMESTAMP expected as text such as 2026-11-21T07:48:00Z, found the number " + number
                                + ": numbers are not read as times because their unit would be a guess");
            default -> throw unexpected(ScalarType.TIMESTAMP, TimestampText.FORM, raw);
        };
    }

    private static List<@Nullable Object> list(Object raw, ListType type, Options options)
            throws ValueConversionException {
        List<?> elements = switch (raw) {
            case List<?> given -> given;
            case String text -> JsonListText.parse(text, type);
            default -> throw unexpected(type, "a list", raw);
        };
        if (type.length().isPresent() && elements.size() != type.length().getAsInt()) {
            throw new ValueConversionException(
                    "length",
                    "%s expected with %s elements, found %s"
                            .formatted(type.typeName(), type.length().getAsInt(), elements.size()));
        }
        var converted = new ArrayList<@Nullable Object>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            Object element = elements.get(i);
            converted.add(element == null ? null : element(element, i, type, options));
        }
        return converted;
    }

    private static Object element(Object raw, int index, ListType type, Options options)
            throws ValueConversionException {
        try {
            return scalar(raw, type.element(), options);
        } catch (ValueConversionException e) {
            throw new ValueConversionException(e.rule(), "In element [" + index + "]: " + e.explanation());
        }
    }

    static ValueConversionException unexpected(ValueType type, String form, Object raw) {
        return new ValueConversionException(
                "type", "%s expected (%s), found %s".formatted(type.typeName(), form, described(raw)));
    }

    /** The value as messages show it: its kind, and its text shortened. */
    static String described(Object raw) {
        return switch (raw) {
            case String text -> "text '" + shortened(text) + "'";
            case Boolean bool -> bool.toString();
            case Number number -> "the number " + shortened(number.toString());
            case byte[] binary -> binary.length + " bytes";
            case List<?> list -> "a list of " + list.size();
            case LocalDate date -> "the date " + date;
            case LocalDateTime local -> "the local time " + local;
            case Instant instant -> "the timestamp " + instant;
            default -> "an object";
        };
    }

    private static String shortened(String text) {
        if (text.length() <= SHOWN_CHARACTERS) {
            return text;
        }
        int end =
                Character.isHighSurrogate(text.charAt(SHOWN_CHARACTERS - 1)) ? SHOWN_CHARACTERS - 1 : SHOWN_CHARACTERS;
        return text.substring(0, end) + "…";
    }
}
