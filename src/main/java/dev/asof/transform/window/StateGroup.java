package dev.asof.transform.window;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * States of some cells, written side by side: a byte that says the format, a bit for each cell that has one, the states. Which
 * cells they are stands nowhere.
 */
public final class StateGroup {

    private static final byte FORMAT = 1;

    private StateGroup() {}

    /** @param states by cell; null where there is none, and an empty one is none */
    public static void encode(List<@Nullable AggregateState> states, StateWriter out) {
        out.putByte(FORMAT);
        for (int first = 0; first < states.size(); first += Byte.SIZE) {
            int bits = 0;
            for (int i = first; i < Math.min(first + Byte.SIZE, states.size()); i++) {
                bits |= isPresent(states.get(i)) ? 1 << i - first : 0;
            }
            out.putByte(bits);
        }
        for (var state : states) {
            if (state != null && !state.isEmpty()) {
                state.encode(out);
            }
        }
    }

    private static boolean isPresent(@Nullable AggregateState state) {
        return state != null && !state.isEmpty();
    }

    /** As {@link #encode(List, StateWriter)}. */
    public static byte[] encode(List<@Nullable AggregateState> states) {
        var out = new StateWriter();
        encode(states, out);
        return out.toBytes();
    }

    /** @param kinds of all cells, in the order in which they were written */
    public static List<@Nullable AggregateState> decode(List<StateKind> kinds, StateReader in) {
        var states = new @Nullable AggregateState[kinds.size()];
        byte[] present = present(kinds.size(), in);
        for (int i = 0; i < states.length; i++) {
            if (has(present, i)) {
                states[i] = kinds.get(i).decode(in);
            }
        }
        return Collections.unmodifiableList(Arrays.asList(states));
    }

    /**
     * Adds what is written to other states.
     *
     * @param into by cell; null where what is written of a cell is not wanted
     */
    public static void merge(List<StateKind> kinds, StateReader in, @Nullable AggregateState[] into) {
        byte[] present = present(kinds.size(), in);
        for (int i = 0; i < into.length; i++) {
            if (has(present, i)) {
                var state = into[i];
                (state == null ? kinds.get(i).empty() : state).mergeEncoded(in);
            }
        }
    }

    private static byte[] present(int cells, StateReader in) {
        byte format = in.readByte();
        if (format != FORMAT) {
            throw new IllegalStateException("States of a format that isn't known: " + format);
        }
        var bits = new byte[Math.ceilDiv(cells, Byte.SIZE)];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = in.readByte();
        }
        return bits;
    }

    private static boolean has(byte[] bits, int cell) {
        return (bits[cell / Byte.SIZE] >> cell % Byte.SIZE & 1) != 0;
    }
}
