package dev.asof.transform.window;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many floats, with marks of those that are not finite; their total; and what was lost in rounding it. Once a value is huge,
 * total and loss are kept divided by 2^128: no order of rows overflows on the way to a total that fits.
 */
final class FloatSumSlots extends Slots {

    static final FloatSumSlots INSTANCE = new FloatSumSlots();

    private static final int TOTAL = 1;
    private static final int LOST = 2;

    private static final int MARK_BITS = 4;
    private static final long NAN = 1;
    private static final long POSITIVE_INFINITY = 2;
    private static final long NEGATIVE_INFINITY = 4;
    private static final long DIVIDED = 8;
    private static final long MARKS = (1 << MARK_BITS) - 1;

    private static final double HUGE = 0x1p900;
    private static final double DIVISOR = 0x1p128;

    private FloatSumSlots() {}

    @Override
    public int width() {
        return 3;
    }

    @Override
    public void add(long[] slots, int at, long raw, long eventMicros, long rowSequence) {
        double value = Double.longBitsToDouble(raw);
        slots[at] += 1L << MARK_BITS;
        if (!Double.isFinite(value)) {
            slots[at] |= Double.isNaN(value) ? NAN : value > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY;
        } else if (Math.abs(value) >= HUGE) {
            merge(slots, at, DIVIDED, value / DIVISOR, 0);
        } else {
            merge(slots, at, 0, value, 0);
        }
    }

    @Override
    public void merge(long[] into, int at, long[] from, int fromAt) {
        merge(
                into,
                at,
                from[fromAt],
                Double.longBitsToDouble(from[fromAt + TOTAL]),
                Double.longBitsToDouble(from[fromAt + LOST]));
    }

    @Override
    public void mergeAll(long[] into, int at, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            merge(into, at, from, i * width());
        }
    }

    private static void merge(long[] into, int at, long head, double total, double lost) {
        double mine = Double.longBitsToDouble(into[at + TOTAL]);
        double mineLost = Double.longBitsToDouble(into[at + LOST]);
        double theirs = total;
        double theirsLost = lost;
        if (((into[at] ^ head) & DIVIDED) != 0) {
            if ((head & DIVIDED) == 0) {
                theirs /= DIVISOR;
                theirsLost /= DIVISOR;
            } else {
                mine /= DIVISOR;
                mineLost /= DIVISOR;
            }
        }
        double sum = mine + theirs;
        double part = sum - mine;
        double rounded = mine - (sum - part) + (theirs - part);
        into[at] = (into[at] | head & MARKS) + (head & ~MARKS);
        into[at + TOTAL] = Double.doubleToRawLongBits(sum);
        into[at + LOST] = Double.doubleToRawLongBits(mineLost + theirsLost + rounded);
    }

    @Override
    public boolean isEmpty(long[] slots, int at) {
        return count(slots, at) == 0;
    }

    static long count(long[] slots, int at) {
        return slots[at] >>> MARK_BITS;
    }

    static double total(long[] slots, int at) {
        return over(slots, at, 1);
    }

    /** Of a number of rows that is not 0. */
    static double mean(long[] slots, int at) {
        return over(slots, at, count(slots, at));
    }

    private static double over(long[] slots, int at, double count) {
        long marks = slots[at] & MARKS;
        boolean above = (marks & POSITIVE_INFINITY) != 0;
        boolean below = (marks & NEGATIVE_INFINITY) != 0;
        if ((marks & NAN) != 0 || above && below) {
            return Double.NaN;
        }
        if (above || below) {
            return above ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        }
        double total = Double.longBitsToDouble(slots[at + TOTAL]) + Double.longBitsToDouble(slots[at + LOST]);
        return (marks & DIVIDED) == 0 ? total / count : total / count * DIVISOR;
    }

    @Override
    public void encode(long[] slots, int at, StateWriter out) {
        boolean exact = slots[at + LOST] == 0;
        out.putVarint(slots[at] << 1 | (exact ? 0 : 1));
        out.putDouble(Double.longBitsToDouble(slots[at + TOTAL]));
        if (!exact) {
            out.putDouble(Double.longBitsToDouble(slots[at + LOST]));
        }
    }

    @Override
    public void mergeEncoded(long[] into, int at, StateReader in) {
        long head = in.readVarint();
        double total = in.readDouble();
        merge(into, at, head >>> 1, total, (head & 1) == 0 ? 0 : in.readDouble());
    }

    @Override
    public long raw(@Nullable Object value) {
        return rawOfDouble(((Number) Objects.requireNonNull(value)).doubleValue());
    }

    @Override
    public long rawOfLong(long value) {
        return rawOfDouble(value);
    }

    @Override
    public long rawOfDouble(double value) {
        return Double.doubleToLongBits(value);
    }
}
