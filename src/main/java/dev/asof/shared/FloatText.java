package dev.asof.shared;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Floats as text the way Python's {@code repr} has them, and so pandas: the fewest digits that give the number again,
 * with an exponent below 1e-4 and from 1e16 on. What isn't finite is {@code NaN}, {@code Infinity} or {@code -Infinity},
 * as everywhere in Asof.
 */
public final class FloatText {

    private static final int LEAST_EXPONENT = -4;
    private static final int EXPONENT_FROM = 16;
    private static final int LONGEST = 24;

    private FloatText() {}

    public static String of(double value) {
        return Double.isFinite(value) && value != 0 ? text(shortest(value)) : special(value);
    }

    public static String of(float value) {
        return Float.isFinite(value) && value != 0 ? text(shortest(value)) : special(value);
    }

    /** Whether a text is what {@link #of(double)} or Python writes for the double that it stands for. */
    public static boolean isWritten(String text) {
        return switch (text) {
            case "NaN", "nan", "Infinity", "inf", "-Infinity", "-inf" -> true;
            default -> hasForm(text) && of(Double.parseDouble(text)).equals(text);
        };
    }

    /** Whether a text is one of the words for what isn't finite that {@link #of(double)} writes. */
    public static boolean isNonFinite(String text) {
        return switch (text) {
            case "NaN", "Infinity", "-Infinity" -> true;
            default -> false;
        };
    }

    /** The double that a text of {@link #isWritten} stands for. */
    public static double parse(String text) {
        return switch (text) {
            case "nan" -> Double.NaN;
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    /** A quick look, before the text is made a number and a text again. */
    private static boolean hasForm(String text) {
        int length = text.length();
        if (length < 2 || length > LONGEST) {
            return false;
        }
        boolean hasPointOrExponent = false;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            boolean isDigit = c >= '0' && c <= '9';
            if (!isDigit && c != '-' && c != '+' && c != '.' && c != 'e') {
                return false;
            }
            hasPointOrExponent |= c == '.' || c == 'e';
        }
        return hasPointOrExponent && isNumber(text);
    }

    private static boolean isNumber(String text) {
        try {
            return new BigDecimal(text).precision() > 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static String special(double value) {
        return Double.toString(value);
    }

    /** Java's text has at least two digits, of which Python leaves the second out where one is enough. */
    private static BigDecimal shortest(double value) {
        var decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        var shorter = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
        return decimal.precision() == 2 && shorter.doubleValue() == value ? shorter : decimal;
    }

    private static BigDecimal shortest(float value) {
        var decimal = new BigDecimal(Float.toString(value)).stripTrailingZeros();
        var shorter = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
        return decimal.precision() == 2 && shorter.floatValue() == value ? shorter : decimal;
    }

    private static String text(BigDecimal value) {
        int exponent = value.precision() - value.scale() - 1;
        if (exponent >= LEAST_EXPONENT && exponent < EXPONENT_FROM) {
            return value.scale() < 1 ? value.setScale(1).toPlainString() : value.toPlainString();
        }
        var digits = value.unscaledValue().abs().toString();
        var fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
        int size = Math.abs(exponent);
        return (value.signum() < 0 ? "-" : "")
                + digits.charAt(0)
                + fraction
                + (exponent < 0 ? "e-" : "e+")
                + (size < 10 ? "0" : "")
                + size;
    }
}
