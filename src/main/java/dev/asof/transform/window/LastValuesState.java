package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of the last rows with their places in rule A1's order, oldest first. */
final class LastValuesState extends AggregateState {

    private final int most;
    private final ScalarType type;
    private final Rows rows = new Rows();

    LastValuesState(int most, ScalarType type) {
        this.most = most;
        this.type = type;
    }

    /** Oldest first; elements may be null. */
    List<@Nullable Object> values() {
        return Collections.unmodifiableList(Arrays.asList(rows.copyOfValues()));
    }

    Rows rows() {
        return rows;
    }

    @Override
    public void add(@Nullable Object value, long hash, long eventMicros, long rowSequence) {
        int at = rows.placeOf(eventMicros, rowSequence);
        if (at < rows.size && rows.events[at] == eventMicros && rows.sequences[at] == rowSequence) {
            // the row itself, which a tile and one that took its place both have
            return;
        }
        if (rows.size < most) {
            rows.insert(at, eventMicros, rowSequence, value);
        } else if (at > 0) {
            rows.removeFirst(1);
            rows.insert(at - 1, eventMicros, rowSequence, value);
        }
    }

    @Override
    public void merge(AggregateState other) {
        Rows theirs = ((LastValuesState) other).rows;
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
            Object value = rows.values[i];
            out.putByte(value == null ? 0 : 1);
            rows.encodePlace(i, out);
            if (value != null) {
                out.put(type, value);
            }
        }
    }

    @Override
    public void mergeEncoded(StateReader in) {
        int size = in.readCount(3);
        long event = 0;
        for (int i = 0; i < size; i++) {
            boolean isNull = in.readByte() == 0;
            event += in.readSigned();
            long sequence = in.readSigned();
            add(isNull ? null : in.read(type), 0, event, sequence);
        }
    }

    @Override
    public AggregateState since(long fromMicros) {
        var newer = new LastValuesState(most, type);
        newer.merge(this);
        newer.rows.removeFirst(newer.rows.placeOf(fromMicros, Long.MIN_VALUE));
        return newer;
    }
}
