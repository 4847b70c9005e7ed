package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import org.jspecify.annotations.Nullable;

/** What there is, then the least or greatest value. NaN is counted and skipped. */
final class ExtremeSlots extends Slots {

    private static final int VALUE = 1;

    private static final long ONLY_NAN = 1;
    private static final long FOUND = 2;

    private final boolean greatest;
    private final boolean isFloat;

    ExtremeSlots(boolean greatest, ScalarType type) {
        this.greatest = greatest;
        this.isFloat = RawValues.isFloat(type);
    }

    @Override
    public int width() {
        return 2;
    }

    @Override
    public void add(long[] slots, int at, long raw, long eventMicros, long rowSequence) {
        merge(slots, at, isFloat && Double.isNaN(Double.longBitsToDouble(raw)) ? ONLY_NAN : FOUND, raw);
    }

    @Override
    public void merge(long[] into, int at, long[] from, int fromAt) {
        merge(into, at, from[fromAt], from[fromAt + VALUE]);
    }

    @Override
    public void mergeAll(long[] into, int at, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            merge(into, at, from, i * width());
        }
    }

    private void merge(long[] into, int at, long found, long raw) {
        if (found == FOUND && (into[at] != FOUND || isBetter(raw, into[at + VALUE]))) {
            into[at + VALUE] = raw;
        }
        into[at] = Math.max(into[at], found);
    }

    private boolean isBetter(long raw, long than) {
        int order = isFloat
                ? Double.compare(Double.longBitsToDouble(raw), Double.longBitsToDouble(than))
                : Long.compare(raw, than);
        return greatest ? order > 0 : order < 0;
    }

    @Override
    public boolean isEmpty(long[] slots, int at) {
        return slots[at] == 0;
    }

    /** Whether there is a value other than NaN. */
    static boolean isFound(long[] slots, int at) {
        return slots[at] == FOUND;
    }

    static long value(long[] slots, int at) {
        return slots[at + VALUE];
    }

    @Override
    public void encode(long[] slots, int at, StateWriter out) {
        out.putByte((int) slots[at]);
        if (slots[at] == FOUND) {
            RawValues.put(out, isFloat, slots[at + VALUE]);
        }
    }

    @Override
    public void mergeEncoded(long[] into, int at, StateReader in) {
        long found = in.readByte();
        merge(into, at, found, found == FOUND ? RawValues.read(in, isFloat) : 0);
    }

    @Override
    public long raw(@Nullable Object value) {
        return RawValues.of(value);
    }

    @Override
    public long rawOfLong(long value) {
        return value;
    }

    @Override
    public long rawOfDouble(double value) {
        return Double.doubleToLongBits(value);
    }
}
