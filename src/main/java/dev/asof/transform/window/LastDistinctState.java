package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The different values that came last, each at the place of its last row. */
final class LastDistinctState extends AggregateState {

    private final int most;
    private final ScalarType type;
    private final Rows rows = new Rows();

    LastDistinctState(int most, ScalarType type) {
        this.most = most;
        this.type = type;
    }

    /** In the order of their last rows, the most recent last. */
    List<Object> values() {
        return Arrays.stream(rows.copyOfValues()).map(Objects::requireNonNull).toList();
    }

    Rows rows() {
        return rows;
    }

    @Override
    public void add(@Nullable Object value, long hash, long eventMicros, long rowSequence) {
        int at = rows.placeOf(eventMicros, rowSequence);
        int same = find(Objects.requireNonNull(value));
        if (same >= at) {
            return;
        }
        if (same >= 0) {
            rows.remove(same);
            rows.insert(at - 1, eventMicros, rowSequence, value);
        } else if (rows.size < most) {
            rows.insert(at, eventMicros, rowSequence, value);
        } else if (at > 0) {
            rows.removeFirst(1);
            rows.insert(at - 1, eventMicros, rowSequence, value);
        }
    }

    private int find(Object value) {
        for (int i = rows.size - 1; i >= 0; i--) {
            if (value.equals(rows.values[i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void merge(AggregateState other) {
        Rows theirs = ((LastDistinctState) other).rows;
        for (int i = 0; i < theirs.size; i++) {
            add(theirs.values[i], 0, theirs.events[i], theirs.sequences[i]);
        }
    }

    @Override
    public boolean isEmpty() {
        return rows.size == 0;
    }

    @Override
    public void encode(StateWriter out) {
        out.putVarint(rows.size);
        for (int i = 0; i < rows.size; i++) {
            rows.encodePlace(i, out);
            out.put(type, Objects.requireNonNull(rows.values[i]));
        }
    }

    @Override
    public void mergeEncoded(StateReader in) {
        int size = in.readCount(3);
        long event = 0;
        for (int i = 0; i < size; i++) {
            event += in.readSigned();
            long sequence = in.readSigned();
            add(in.read(type), 0, event, sequence);
        }
    }

    @Override
    public AggregateState since(long fromMicros) {
        var newer = new LastDistinctState(most, type);
        newer.merge(this);
        newer.rows.removeFirst(newer.rows.placeOf(fromMicros, Long.MIN_VALUE));
        return newer;
    }
}
