package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The least or greatest of values whose width is not fixed. */
final class TextExtremeState extends AggregateState {

    private final ScalarType type;
    private final Comparator<Object> betterFirst;
    private @Nullable Object value;

    TextExtremeState(boolean greatest, ScalarType type) {
        this.type = type;
        this.betterFirst = greatest ? ValueOrder.of(type).reversed() : ValueOrder.of(type);
    }

    @Nullable
    Object value() {
        return value;
    }

    @Override
    public void add(@Nullable Object added, long hash, long eventMicros, long rowSequence) {
        offer(Objects.requireNonNull(added));
    }

    private void offer(Object other) {
        if (value == null || betterFirst.compare(other, value) < 0) {
            value = other;
        }
    }

    @Override
    public void merge(AggregateState other) {
        Object theirs = ((TextExtremeState) other).value;
        if (theirs != null) {
            offer(theirs);
        }
    }

    @Override
    public boolean isEmpty() {
        return value == null;
    }

    @Override
    public void encode(StateWriter out) {
        out.putByte(value == null ? 0 : 1);
        if (value != null) {
            out.put(type, value);
        }
    }

    @Override
    public void mergeEncoded(StateReader in) {
        if (in.readByte() != 0) {
            offer(in.read(type));
        }
    }
}
