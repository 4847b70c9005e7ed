package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import org.jspecify.annotations.Nullable;

/** The row sequence of the first or last row, plus 1; its event timestamp; its value. */
final class EdgeSlots extends Slots {

    private static final int EVENT = 1;
    private static final int VALUE = 2;

    private final boolean last;
    private final boolean isFloat;

    EdgeSlots(boolean last, ScalarType type) {
        this.last = last;
        this.isFloat = RawValues.isFloat(type);
    }

    @Override
    public int width() {
        return 3;
    }

    @Override
    public void add(long[] slots, int at, long raw, long eventMicros, long rowSequence) {
        if (rowSequence < 0) {
            throw new IllegalArgumentException("Row sequences are not negative: " + rowSequence);
        }
        merge(slots, at, rowSequence + 1, eventMicros, raw);
    }

    @Override
    public void merge(long[] into, int at, long[] from, int fromAt) {
        merge(into, at, from[fromAt], from[fromAt + EVENT], from[fromAt + VALUE]);
    }

    @Override
    public void mergeAll(long[] into, int at, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            merge(into, at, from, i * width());
        }
    }

    private void merge(long[] into, int at, long sequence, long event, long raw) {
        if (sequence != 0 && (into[at] == 0 || isFurther(event, sequence, into[at + EVENT], into[at]))) {
            into[at] = sequence;
            into[at + EVENT] = event;
            into[at + VALUE] = raw;
        }
    }

    private boolean isFurther(long event, long sequence, long thanEvent, long thanSequence) {
        int order = event == thanEvent ? Long.compare(sequence, thanSequence) : Long.compare(event, thanEvent);
        return last ? order > 0 : order < 0;
    }

    @Override
    public boolean isEmpty(long[] slots, int at) {
        return slots[at] == 0;
    }

    long event(long[] slots, int at) {
        return slots[at + EVENT];
    }

    static boolean isFound(long[] slots, int at) {
        return slots[at] != 0;
    }

    static long value(long[] slots, int at) {
        return slots[at + VALUE];
    }

    @Override
    public void encode(long[] slots, int at, StateWriter out) {
        out.putVarint(slots[at]);
        if (slots[at] != 0) {
            out.putSigned(slots[at + EVENT]);
            RawValues.put(out, isFloat, slots[at + VALUE]);
        }
    }

    @Override
    public void mergeEncoded(long[] into, int at, StateReader in) {
        long sequence = in.readVarint();
        if (sequence != 0) {
            long event = in.readSigned();
            merge(into, at, sequence, event, RawValues.read(in, isFloat));
        }
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
