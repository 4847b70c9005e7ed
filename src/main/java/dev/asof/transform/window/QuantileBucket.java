package dev.asof.transform.window;

/**
 * Buckets of numbers for quantiles: sign, exponent and the first 8 bits of the mantissa, in the numbers' order. Numbers of at most
 * 9 significant bits, integers to 512 among them, have a bucket of their own; the others are answered too small in
 * magnitude by less than 2^-8 of themselves.
 */
public final class QuantileBucket {

    private static final int DROPPED_BITS = 44;

    private QuantileBucket() {}

    /** The bucket of a number other than NaN. */
    public static int of(double number) {
        if (Double.isNaN(number)) {
            throw new IllegalArgumentException("NaN is in no bucket");
        }
        long bits = Double.doubleToRawLongBits(number);
        return bits >= 0 ? (int) (bits >>> DROPPED_BITS) : -(int) ((bits & Long.MAX_VALUE) >>> DROPPED_BITS) - 1;
    }

    /** The number of least magnitude in a bucket. */
    public static double number(int bucket) {
        return bucket >= 0
                ? Double.longBitsToDouble((long) bucket << DROPPED_BITS)
                : -Double.longBitsToDouble((long) (-bucket - 1) << DROPPED_BITS);
    }
}
