package dev.asof.transform.window;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A few rows in rule A1's order, oldest first: a state's own list, in arrays. */
final class Rows {

    long[] events = new long[4];
    long[] sequences = new long[4];

    @Nullable
    Object[] values = new @Nullable Object[4];

    int size;

    /** How many rows come before a place. */
    int placeOf(long event, long sequence) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            boolean before = events[middle] < event || events[middle] == event && sequences[middle] < sequence;
            if (before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    void insert(int at, long event, long sequence, @Nullable Object value) {
        if (size == events.length) {
            events = Arrays.copyOf(events, size * 2);
            sequences = Arrays.copyOf(sequences, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        move(at, at + 1);
        size++;
        events[at] = event;
        sequences[at] = sequence;
        values[at] = value;
    }

    void remove(int at) {
        move(at + 1, at);
        values[--size] = null;
    }

    void removeFirst(int count) {
        move(count, 0);
        Arrays.fill(values, size - count, size, null);
        size -= count;
    }

    private void move(int from, int to) {
        System.arraycopy(events, from, events, to, size - from);
        System.arraycopy(sequences, from, sequences, to, size - from);
        System.arraycopy(values, from, values, to, size - from);
    }

    /** A row's place, its event timestamp as the distance from the row before. */
    void encodePlace(int at, StateWriter out) {
        out.putSigned(events[at] - (at == 0 ? 0 : events[at - 1]));
        out.putSigned(sequences[at]);
    }

    @Nullable
    Object[] copyOfValues() {
        return Arrays.copyOf(values, size);
    }
}
