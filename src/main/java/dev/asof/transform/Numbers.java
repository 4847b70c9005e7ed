package dev.asof.transform;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Exact arithmetic and comparison of INT64 and FLOAT64. */
final class Numbers {

    /** The order of two values of which one is NaN. */
    static final int UNORDERED = 2;

    private static final double TWO_TO_63 = 0x1p63;
    private static final int MAX_DIGITS = 308;

    private Numbers() {}

    /** -1, 0, 1 or {@link #UNORDERED}. */
    static int order(double a, double b) {
        return a < b ? -1 : a > b ? 1 : a == b ? 0 : UNORDERED;
    }

    /** -1, 0, 1 or {@link #UNORDERED}, by their exact values. */
    static int order(long a, double b) {
        if (Double.isNaN(b)) {
            return UNORDERED;
        }
        if (b >= TWO_TO_63) {
            return -1;
        }
        if (b < -TWO_TO_63) {
            return 1;
        }
        long whole = (long) b;
        return a == whole ? order(0.0, b - whole) : Long.compare(a, whole);
    }

    /** Of the same two the other way round. */
    static int reversed(int order) {
        return order == UNORDERED ? UNORDERED : -order;
    }

    /** Arithmetic never goes on with a number that is not finite: later steps, such as a comparison, would hide it. */
    static double finite(double value, String operation) throws EvaluationException {
        if (Double.isFinite(value)) {
            return value;
        }
        throw new EvaluationException("'%s' gives %s, which is not a finite number".formatted(operation, value));
    }

    static double divide(double a, double b) throws EvaluationException {
        if (b == 0) {
            throw new EvaluationException("division by zero");
        }
        return finite(a / b, "/");
    }

    static long remainder(long a, long b) throws EvaluationException {
        if (b == 0) {
            throw new EvaluationException("remainder of a division by zero");
        }
        return a % b;
    }

    static EvaluationException overflow(String operation) {
        return new EvaluationException("the result of '%s' does not fit INT64".formatted(operation));
    }

    /** The integer a float without a fraction equals. */
    static long toLong(double whole, String operation) throws EvaluationException {
        if (whole >= -TWO_TO_63 && whole < TWO_TO_63) {
            return (long) whole;
        }
        throw overflow(operation);
    }

    /** To the nearest whole number, halves away from zero. */
    static double round(double value) {
        double magnitude = Math.abs(value);
        double whole = Math.floor(magnitude);
        // the difference is exact, while adding 0.5 to the largest double below 0.5 gives 1
        return Math.copySign(magnitude - whole >= 0.5 ? whole + 1 : whole, value);
    }

    /** To a number of decimal places, halves away from zero, of the decimal number that the float is written as. */
    static double round(double value, long digits) throws EvaluationException {
        if (Math.abs(digits) > MAX_DIGITS) {
            throw new EvaluationException("'round' takes at most %s digits, not %s".formatted(MAX_DIGITS, digits));
        }
        finite(value, "round");
        return BigDecimal.valueOf(value)
                .setScale((int) digits, RoundingMode.HALF_UP)
                .doubleValue();
    }
}
