package dev.asof.training;

import dev.asof.shared.ValueType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A spine that was checked whole.
 *
 * @param types of the columns, in order
 */
record LoadedSpine(SpineColumns columns, List<ValueType> types, long rows) {

    LoadedSpine {
        types = List.copyOf(types);
    }

    /** The columns with their types, in order. */
    List<ResultColumn> resultColumns() {
        return IntStream.range(0, types.size())
                .mapToObj(i -> new ResultColumn(columns.names().get(i), types.get(i)))
                .toList();
    }

    /** The types of the columns at some positions. */
    List<ValueType> types(int[] positions) {
        return Arrays.stream(positions).mapToObj(types::get).toList();
    }
}
