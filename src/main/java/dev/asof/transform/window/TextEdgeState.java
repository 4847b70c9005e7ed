package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The value of the first or last row, of a type whose width is not fixed. */
final class TextEdgeState extends AggregateState {

    private final boolean last;
    private final ScalarType type;
    private long event;
    private long sequence;
    private @Nullable Object value;

    TextEdgeState(boolean last, ScalarType type) {
        this.last = last;
        this.type = type;
    }

    @Nullable
    Object value() {
        return value;
    }

    long event() {
        return event;
    }

    long sequence() {
        return sequence;
    }

    @Override
    public void add(@Nullable Object added, long hash, long eventMicros, long rowSequence) {
        Objects.requireNonNull(added);
        if (value != null) {
            int order = event == eventMicros ? Long.compare(rowSequence, sequence) : Long.compare(eventMicros, event);
            if (last ? order <= 0 : order >= 0) {
                return;
            }
        }
        event = eventMicros;
        sequence = rowSequence;
        value = added;
    }

    @Override
    public void merge(AggregateState other) {
        var theirs = (TextEdgeState) other;
        if (theirs.value != null) {
            add(theirs.value, 0, theirs.event, theirs.sequence);
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
            out.putSigned(event);
            out.putSigned(sequence);
            out.put(type, value);
        }
    }

    @Override
    public void mergeEncoded(StateReader in) {
        if (in.readByte() != 0) {
            long theirEvent = in.readSigned();
            long theirSequence = in.readSigned();
            add(in.read(type), 0, theirEvent, theirSequence);
        }
    }

    @Override
    public AggregateState since(long fromMicros) {
        return value == null || event >= fromMicros ? this : new TextEdgeState(last, type);
    }
}
