package dev.asof.transform;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;

/**
 * What lists of numbers come to. They come without their nulls ({@link #present}). Floats are added in the order of the list, so that the same list
 * gives the same bits everywhere.
 */
final class NumberLists {

    private static final long LOWER_HALF = 0xFFFF_FFFFL;

    /** The exact sum of ints, of whatever size. */
    private static final class IntegerSum {

        private final long count;
        private long upper;
        private long lower;

        IntegerSum(Object[] list) {
            for (Object number : list) {
                long value = ((Number) number).longValue();
                upper += value >> 32;
                lower += value & LOWER_HALF;
            }
            count = list.length;
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

    /** What is not null in a list, in its order. To ask a list for each element takes longer than what is done with it. */
    static Object[] present(List<?> list) {
        Object[] elements = list.toArray();
        int count = 0;
        for (Object element : elements) {
            if (element != null) {
                elements[count++] = element;
            }
        }
        return count == elements.length ? elements : Arrays.copyOf(elements, count);
    }

    static long sumOfInts(Object[] list) throws EvaluationException {
        var sum = new IntegerSum(list);
        if (!sum.fits()) {
            throw Numbers.overflow("sum");
        }
        return sum.value();
    }

    static double sumOfFloats(Object[] list) throws EvaluationException {
        return Numbers.finite(sum(list), "sum");
    }

    /** Of at least one number. */
    static double meanOfInts(Object[] list) {
        return new IntegerSum(list).mean();
    }

    /** Of at least one number. */
    static double meanOfFloats(Object[] list) throws EvaluationException {
        return Numbers.finite(sum(list) / list.length, "mean");
    }

    /** Of a sample: the divisor is one less than there are numbers, of which there are at least two. */
    static double deviation(Object[] list) throws EvaluationException {
        double mean = sum(list) / list.length;
        double squares = 0;
        for (Object number : list) {
            double distance = ((Number) number).doubleValue() - mean;
            squares += distance * distance;
        }
        return Numbers.finite(Math.sqrt(squares / (list.length - 1)), "stddev");
    }

    /** The least or greatest of at least one int. */
    static long extremeInt(Object[] list, boolean greatest) {
        long extreme = greatest ? Long.MIN_VALUE : Long.MAX_VALUE;
        for (Object number : list) {
            extreme = greatest
                    ? Math.max(extreme, ((Number) number).longValue())
                    : Math.min(extreme, ((Number) number).longValue());
        }
        return extreme;
    }

    /** The least or greatest of at least one float; NaN is no number. */
    static double extremeFloat(Object[] list, boolean greatest) throws EvaluationException {
        double extreme = greatest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        for (Object number : list) {
            extreme = greatest
                    ? Math.max(extreme, ((Number) number).doubleValue())
                    : Math.min(extreme, ((Number) number).doubleValue());
        }
        return Numbers.finite(extreme, greatest ? "max" : "min");
    }

    private static double sum(Object[] list) {
        double sum = 0;
        for (Object number : list) {
            sum += ((Number) number).doubleValue();
        }
        return sum;
    }
}
