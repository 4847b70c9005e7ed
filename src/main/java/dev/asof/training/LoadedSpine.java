package dev.asof.training;

import dev.asof.shared.ValueType;
import java.util.List;

/**
 * A spine that was checked whole and stands in {@link SpineTable}.
 *
 * @param types of the columns, in order
 */
record LoadedSpine(SpineColumns columns, List<ValueType> types, long rows) {

    LoadedSpine {
        types = List.copyOf(types);
    }

    /** The types of {@link SpineColumns#others()}. */
    List<ValueType> otherTypes() {
        return java.util.Arrays.stream(columns.others()).mapToObj(types::get).toList();
    }
}
