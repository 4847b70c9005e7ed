package dev.asof.transform.window;

import org.jspecify.annotations.Nullable;

/** A state of a fixed number of longs, by itself. */
final class SlotState extends AggregateState {

    private final Slots kind;
    private final long[] slots;

    SlotState(Slots kind) {
        this.kind = kind;
        this.slots = new long[kind.width()];
    }

    long[] slots() {
        return slots;
    }

    @Override
    public void add(@Nullable Object value, long hash, long eventMicros, long rowSequence) {
        kind.add(slots, 0, kind.raw(value), eventMicros, rowSequence);
    }

    @Override
    public void merge(AggregateState other) {
        kind.merge(slots, 0, ((SlotState) other).slots, 0);
    }

    @Override
    public boolean isEmpty() {
        return kind.isEmpty(slots, 0);
    }

    @Override
    public void encode(StateWriter out) {
        kind.encode(slots, 0, out);
    }

    @Override
    public void mergeEncoded(StateReader in) {
        kind.mergeEncoded(slots, 0, in);
    }

    @Override
    public AggregateState since(long fromMicros) {
        if (!(kind instanceof EdgeSlots edge)) {
            return super.since(fromMicros);
        }
        return isEmpty() || edge.event(slots, 0) >= fromMicros ? this : new SlotState(kind);
    }
}
