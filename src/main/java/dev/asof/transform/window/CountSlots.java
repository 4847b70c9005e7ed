package dev.asof.transform.window;

import org.jspecify.annotations.Nullable;

/** How many rows, in one slot. */
final class CountSlots extends Slots {

    static final CountSlots INSTANCE = new CountSlots();

    private CountSlots() {}

    @Override
    public int width() {
        return 1;
    }

    @Override
    public void add(long[] slots, int at, long raw, long eventMicros, long rowSequence) {
        slots[at]++;
    }

    @Override
    public void merge(long[] into, int at, long[] from, int fromAt) {
        into[at] += from[fromAt];
    }

    @Override
    public void mergeAll(long[] into, int at, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            merge(into, at, from, i);
        }
    }

    @Override
    public boolean isEmpty(long[] slots, int at) {
        return slots[at] == 0;
    }

    @Override
    public void encode(long[] slots, int at, StateWriter out) {
        out.putVarint(slots[at]);
    }

    @Override
    public void mergeEncoded(long[] into, int at, StateReader in) {
        into[at] += in.readVarint();
    }

    @Override
    public long raw(@Nullable Object value) {
        return 0;
    }

    @Override
    public long rawOfLong(long value) {
        return 0;
    }

    @Override
    public long rawOfDouble(double value) {
        return 0;
    }
}
