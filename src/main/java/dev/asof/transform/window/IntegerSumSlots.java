package dev.asof.transform.window;

import java.math.BigInteger;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How many integers, then the lower and the upper half of their total in 128 bits. */
final class IntegerSumSlots extends Slots {

    static final IntegerSumSlots INSTANCE = new IntegerSumSlots();

    private static final int LOW = 1;
    private static final int HIGH = 2;

    private IntegerSumSlots() {}

    @Override
    public int width() {
        return 3;
    }

    @Override
    public void add(long[] slots, int at, long raw, long eventMicros, long rowSequence) {
        merge(slots, at, 1, raw, raw >> 63);
    }

    @Override
    public void merge(long[] into, int at, long[] from, int fromAt) {
        merge(into, at, from[fromAt], from[fromAt + LOW], from[fromAt + HIGH]);
    }

    @Override
    public void mergeAll(long[] into, int at, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            merge(into, at, from, i * width());
        }
    }

    private static void merge(long[] into, int at, long count, long low, long high) {
        long sum = into[at + LOW] + low;
        into[at] += count;
        into[at + HIGH] += high + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
        into[at + LOW] = sum;
    }

    @Override
    public boolean isEmpty(long[] slots, int at) {
        return slots[at] == 0;
    }

    static long count(long[] slots, int at) {
        return slots[at];
    }

    /** The total, where it fits. */
    static OptionalLong total(long[] slots, int at) {
        return isNarrow(slots, at) ? OptionalLong.of(slots[at + LOW]) : OptionalLong.empty();
    }

    /** The exact total over the number of rows, which is not 0. */
    static double mean(long[] slots, int at) {
        double total = isNarrow(slots, at)
                ? slots[at + LOW]
                : BigInteger.valueOf(slots[at + HIGH])
                        .shiftLeft(Long.SIZE)
                        .add(new BigInteger(Long.toUnsignedString(slots[at + LOW])))
                        .doubleValue();
        return total / slots[at];
    }

    private static boolean isNarrow(long[] slots, int at) {
        return slots[at + HIGH] == slots[at + LOW] >> 63;
    }

    @Override
    public void encode(long[] slots, int at, StateWriter out) {
        boolean narrow = isNarrow(slots, at);
        out.putVarint(slots[at] << 1 | (narrow ? 0 : 1));
        if (narrow) {
            out.putSigned(slots[at + LOW]);
        } else {
            out.putLong(slots[at + LOW]);
            out.putSigned(slots[at + HIGH]);
        }
    }

    @Override
    public void mergeEncoded(long[] into, int at, StateReader in) {
        long head = in.readVarint();
        boolean narrow = (head & 1) == 0;
        long low = narrow ? in.readSigned() : in.readLong();
        merge(into, at, head >>> 1, low, narrow ? low >> 63 : in.readSigned());
    }

    @Override
    public long raw(@Nullable Object value) {
        return ((Number) Objects.requireNonNull(value)).longValue();
    }

    @Override
    public long rawOfLong(long value) {
        return value;
    }

    @Override
    public long rawOfDouble(double value) {
        throw new IllegalArgumentException("A float among integers");
    }
}
