package dev.asof.transform.window;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many numbers, with a mark if one of them is not finite; their mean; and the sum of their squared distances from it, merged as
 * Welford and Chan have it.
 */
final class MomentsSlots extends Slots {

    static final MomentsSlots INSTANCE = new MomentsSlots();

    private static final int MEAN = 1;
    private static final int SQUARES = 2;
    private static final long NOT_FINITE = 1;

    private MomentsSlots() {}

    @Override
    public int width() {
        return 3;
    }

    @Override
    public void add(long[] slots, int at, long raw, long eventMicros, long rowSequence) {
        double value = Double.longBitsToDouble(raw);
        if (Double.isFinite(value)) {
            merge(slots, at, 1 << 1, value, 0);
        } else {
            merge(slots, at, 1 << 1 | NOT_FINITE, 0, 0);
        }
    }

    @Override
    public void merge(long[] into, int at, long[] from, int fromAt) {
        merge(
                into,
                at,
                from[fromAt],
                Double.longBitsToDouble(from[fromAt + MEAN]),
                Double.longBitsToDouble(from[fromAt + SQUARES]));
    }

    @Override
    public void mergeAll(long[] into, int at, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            merge(into, at, from, i * width());
        }
    }

    private static void merge(long[] into, int at, long head, double mean, double squares) {
        long mark = (into[at] | head) & NOT_FINITE;
        double mine = into[at] >>> 1;
        double theirs = head >>> 1;
        double myMean = Double.longBitsToDouble(into[at + MEAN]);
        into[at] = (into[at] >>> 1) + (head >>> 1) << 1 | mark;
        if (mark != 0) {
            into[at + MEAN] = 0;
            into[at + SQUARES] = 0;
        } else if (mine == 0) {
            into[at + MEAN] = Double.doubleToRawLongBits(mean);
            into[at + SQUARES] = Double.doubleToRawLongBits(squares);
        } else if (theirs != 0) {
            double share = theirs / (mine + theirs);
            double apart = mean - myMean;
            double sum = Double.longBitsToDouble(into[at + SQUARES]) + squares + apart * apart * mine * share;
            into[at + MEAN] = Double.doubleToRawLongBits(myMean + apart * share);
            into[at + SQUARES] = Double.doubleToRawLongBits(sum);
        }
    }

    @Override
    public boolean isEmpty(long[] slots, int at) {
        return slots[at] == 0;
    }

    static long count(long[] slots, int at) {
        return slots[at] >>> 1;
    }

    /** @param divisor the number of rows or one less; not 0 */
    static double variance(long[] slots, int at, long divisor) {
        if ((slots[at] & NOT_FINITE) != 0) {
            return Double.NaN;
        }
        double squares = Double.longBitsToDouble(slots[at + SQUARES]);
        // NaN came of squares that overflowed
        return Double.isNaN(squares) ? Double.POSITIVE_INFINITY : squares / divisor;
    }

    @Override
    public void encode(long[] slots, int at, StateWriter out) {
        out.putVarint(slots[at]);
        out.putDouble(Double.longBitsToDouble(slots[at + MEAN]));
        out.putDouble(Double.longBitsToDouble(slots[at + SQUARES]));
    }

    @Override
    public void mergeEncoded(long[] into, int at, StateReader in) {
        long head = in.readVarint();
        double mean = in.readDouble();
        merge(into, at, head, mean, in.readDouble());
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
