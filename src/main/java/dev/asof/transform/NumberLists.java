package dev.asof.transform;

import java.math.BigInteger;
import java.util.List;

/**
 * What lists of numbers come to. Nulls in them are skipped. Floats are added in the order of the list, so that the same list
 * gives the same bits everywhere.
 */
final class NumberLists {

    private static final long LOWER_HALF = 0xFFFF_FFFFL;

    /** The exact sum of ints, of whatever size. */
    private static final class IntegerSum {

        private long count;
        private long upper;
        private long lower;

        IntegerSum(List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                if (list.get(i) instanceof Number number) {
                    count++;
                    upper += number.longValue() >> 32;
                    lower += number.longValue() & LOWER_HALF;
                }
            }
            upper += lower >> 32;
            lower &= LOWER_HALF;
        }

        boolean fits() {
            return upper == (int) upper;
        }

        long value() {
            return upper << 32 | lower;
        }

        double mean() {
            double sum = fits()
                    ? value()
                    : BigInteger.valueOf(upper)
                            .shiftLeft(32)
                            .add(BigInteger.valueOf(lower))
                            .doubleValue();
            return sum / count;
        }
    }

    private NumberLists() {}

    static long sumOfInts(List<?> list) throws EvaluationException {
        var sum = new IntegerSum(list);
        if (!sum.fits()) {
            throw Numbers.overflow("sum");
        }
        return sum.value();
    }

    static double sumOfFloats(List<?> list) throws EvaluationException {
        return Numbers.finite(sum(list), "sum");
    }

    /** Of at least one number. */
    static double meanOfInts(List<?> list) {
        return new IntegerSum(list).mean();
    }

    /** Of at least one number. */
    static double meanOfFloats(List<?> list) throws EvaluationException {
        return Numbers.finite(sum(list) / count(list), "mean");
    }

    /** Of a sample: the divisor is one less than there are numbers, of which there are at least two. */
    static double deviation(List<?> list) throws EvaluationException {
        int count = count(list);
        double mean = sum(list) / count;
        double squares = 0;
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof Number number) {
                double distance = number.doubleValue() - mean;
                squares += distance * distance;
            }
        }
        return Numbers.finite(Math.sqrt(squares / (count - 1)), "stddev");
    }

    static int count(List<?> list) {
        int count = 0;
        for (int i = 0; i < list.size(); i++) {
            count += list.get(i) == null ? 0 : 1;
        }
        return count;
    }

    /** The least or greatest of at least one int. */
    static long extremeInt(List<?> list, boolean greatest) {
        long extreme = greatest ? Long.MIN_VALUE : Long.MAX_VALUE;
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof Number number) {
                extreme = greatest ? Math.max(extreme, number.longValue()) : Math.min(extreme, number.longValue());
            }
        }
        return extreme;
    }

    /** The least or greatest of at least one float; NaN is no number. */
    static double extremeFloat(List<?> list, boolean greatest) throws EvaluationException {
        double extreme = greatest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof Number number) {
                extreme = greatest ? Math.max(extreme, number.doubleValue()) : Math.min(extreme, number.doubleValue());
            }
        }
        return Numbers.finite(extreme, greatest ? "max" : "min");
    }

    private static double sum(List<?> list) {
        double sum = 0;
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof Number number) {
                sum += number.doubleValue();
            }
        }
        return sum;
    }
}
