package dev.asof.training;

import dev.asof.shared.ValueType;
import java.util.Arrays;
import java.util.List;

/**
 * A spine that was checked whole.
 *
 * @param resultColumns the columns with their types, in order
 */
record LoadedSpine(SpineColumns columns, List<ResultColumn> resultColumns, long rows) {

    LoadedSpine {
        resultColumns = List.copyOf(resultColumns);
    }

    /** The types of the columns at some positions. */
    List<ValueType> types(int[] positions) {
        return Arrays.stream(positions)
                .mapToObj(position -> resultColumns.get(position).type())
                .toList();
    }
}
