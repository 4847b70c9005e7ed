package dev.asof.training;

import dev.asof.shared.ValueType;
import java.util.List;

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
        return java.util.stream.IntStream.range(0, types.size())
                .mapToObj(i -> new ResultColumn(columns.names().get(i), types.get(i)))
                .toList();
    }

    /** The types of {@link SpineColumns#others()}. */
    List<ValueType> otherTypes() {
        return java.util.Arrays.stream(columns.others()).mapToObj(types::get).toList();
    }
}
