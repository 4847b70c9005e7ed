package dev.asof.shared;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Numbers of all classes and their text, made exact integers or floats (rules J1 and J2). */
final class NumberValues {

    private static final int LONGEST_TEXT = 1_000;
    private static final int INT64_DIGITS = 19;
    private static final int ALWAYS_FITS_INT64 = 18;
    private static final double TWO_TO_63 = 0x1p63;

    private NumberValues() {}

    static Integer int32(Object raw) throws ValueConversionException {
        long value = integer(raw, ScalarType.INT32);
        if (value != (int) value) {
            throw outOfRange(ScalarType.INT32, raw);
        }
        return (int) value;
    }

    static Long int64(Object raw) throws ValueConversionException {
        return integer(raw, ScalarType.INT64);
    }

    static Float float32(Object raw, boolean nonFinite) throws ValueConversionException {
        float value = switch (raw) {
            case Float number -> number;
            case Double number -> number.floatValue();
            case String text -> textToFloat(text, nonFinite);
            case Integer number -> number.floatValue();
            case Long number -> number.floatValue();
            case BigDecimal number -> number.floatValue();
            case BigInteger number -> number.floatValue();
            default -> throw ValueConverter.unexpected(ScalarType.FLOAT32, "a number", raw);
        };
        if (!Float.isFinite(value)) {
            checkNonFinite(raw, ScalarType.FLOAT32, nonFinite);
        }
        return value;
    }

    static Double float64(Object raw, boolean nonFinite) throws ValueConversionException {
        double value = switch (raw) {
            case Double number -> number;
            case Float number -> number.doubleValue();
            case String text -> textToDouble(text, nonFinite);
            case Integer number -> number.doubleValue();
            case Long number -> number.doubleValue();
            case BigDecimal number -> number.doubleValue();
            case BigInteger number -> number.doubleValue();
            default -> throw ValueConverter.unexpected(ScalarType.FLOAT64, "a number", raw);
        };
        if (!Double.isFinite(value)) {
            checkNonFinite(raw, ScalarType.FLOAT64, nonFinite);
        }
        return value;
    }

    private static void checkNonFinite(Object raw, ScalarType type, boolean accepted) throws ValueConversionException {
        boolean sentSo = switch (raw) {
            case Double number -> !Double.isFinite(number);
            case Float number -> !Float.isFinite(number);
            case String text -> isNonFiniteToken(text);
            default -> false;
        };
        if (!sentSo) {
            throw outOfRange(type, raw);
        }
        if (!accepted) {
            throw refusedNonFinite(type, raw);
        }
    }

    private static ValueConversionException refusedNonFinite(ScalarType type, Object raw) {
        return new ValueConversionException(
                ValueConversionException.NON_FINITE,
                "%s expected, found %s: declare non_finite: true on the column to accept it"
                        .formatted(type, ValueConverter.described(raw)));
    }

    private static long integer(Object raw, ScalarType type) throws ValueConversionException {
        return switch (raw) {
            case Long number -> number;
            case Integer number -> number.longValue();
            case String text -> textToLong(text, type);
            case Double number -> fromDouble(number, type, raw);
            case Float number -> fromDouble(number.doubleValue(), type, raw);
            case BigInteger number -> fromDecimal(new BigDecimal(number), type, raw);
            case BigDecimal number -> fromDecimal(number, type, raw);
            default -> throw ValueConverter.unexpected(type, "an integer", raw);
        };
    }

    private static long fromDouble(double value, ScalarType type, Object raw) throws ValueConversionException {
        if (value != Math.rint(value) || Double.isInfinite(value)) {
            throw ValueConverter.unexpected(type, "an integer", raw);
        }
        if (value < -TWO_TO_63 || value >= TWO_TO_63) {
            throw outOfRange(type, raw);
        }
        return (long) value;
    }

    private static long fromDecimal(BigDecimal value, ScalarType type, Object raw) throws ValueConversionException {
        if (value.signum() == 0) {
            return 0;
        }
        // before any arithmetic: 1e999999999 as an exact integer would not fit into memory
        long integerDigits = (long) value.precision() - value.scale();
        if (integerDigits > INT64_DIGITS) {
            throw outOfRange(type, raw);
        }
        if (integerDigits < 1 || value.stripTrailingZeros().scale() > 0) {
            throw ValueConverter.unexpected(type, "an integer", raw);
        }
        var integer = value.toBigIntegerExact();
        if (integer.bitLength() > 63) {
            throw outOfRange(type, raw);
        }
        return integer.longValue();
    }

    private static long textToLong(String text, ScalarType type) throws ValueConversionException {
        int length = text.length();
        int start = length > 0 && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
        if (start < length && length - start <= ALWAYS_FITS_INT64) {
            long value = 0;
            int i = start;
            while (i < length && isDigit(text.charAt(i))) {
                value = value * 10 + (text.charAt(i) - '0');
                i++;
            }
            if (i == length) {
                return text.charAt(0) == '-' ? -value : value;
            }
        }
        if (!isNumber(text)) {
            throw ValueConverter.unexpected(type, "an integer", text);
        }
        try {
            return fromDecimal(new BigDecimal(text), type, text);
        } catch (NumberFormatException e) {
            throw outOfRange(type, text);
        }
    }

    private static double textToDouble(String text, boolean nonFinite) throws ValueConversionException {
        return isNumber(text) ? Double.parseDouble(text) : nonFiniteText(text, ScalarType.FLOAT64, nonFinite);
    }

    private static float textToFloat(String text, boolean nonFinite) throws ValueConversionException {
        return isNumber(text) ? Float.parseFloat(text) : (float) nonFiniteText(text, ScalarType.FLOAT32, nonFinite);
    }

    private static double nonFiniteText(String text, ScalarType type, boolean accepted)
            throws ValueConversionException {
        if (!isNonFiniteToken(text)) {
            throw ValueConverter.unexpected(type, "a number", text);
        }
        if (!accepted) {
            throw refusedNonFinite(type, text);
        }
        return switch (text) {
            case "NaN", "nan" -> Double.NaN;
            case "-Infinity", "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.POSITIVE_INFINITY;
        };
    }

    private static boolean isNonFiniteToken(String text) {
        return switch (text) {
            case "NaN", "nan", "Infinity", "inf", "-Infinity", "-inf" -> true;
            default -> false;
        };
    }

    /** Whether the text is a decimal number, without the suffixes, hexadecimals and spaces that Java takes. */
    private static boolean isNumber(String text) {
        int length = text.length();
        if (length == 0 || length > LONGEST_TEXT) {
            return false;
        }
        int start = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
        int i = afterDigits(text, start);
        int digits = i - start;
        if (i < length && text.charAt(i) == '.') {
            int end = afterDigits(text, i + 1);
            digits += end - i - 1;
            i = end;
        }
        if (digits == 0) {
            return false;
        }
        return i == length || isExponent(text, i);
    }

    private static boolean isExponent(String text, int at) {
        if (text.charAt(at) != 'e' && text.charAt(at) != 'E') {
            return false;
        }
        int start = at + 1;
        if (start < text.length() && (text.charAt(start) == '-' || text.charAt(start) == '+')) {
            start++;
        }
        return start < text.length() && afterDigits(text, start) == text.length();
    }

    private static int afterDigits(String text, int from) {
        int i = from;
        while (i < text.length() && isDigit(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static ValueConversionException outOfRange(ScalarType type, Object raw) {
        return new ValueConversionException(
                "out_of_range",
                "%s expected, found %s, which is out of its range".formatted(type, ValueConverter.described(raw)));
    }
}
