package dev.asof.training.spine;

import dev.asof.formats.ResultColumn;
import java.util.Arrays;
import java.util.List;

/**
 * A spine that was checked whole.
 *
 * @param resultColumns the columns with their types, in order
 */
public record LoadedSpine(SpineColumns columns, List<ResultColumn> resultColumns, long rows) {

    public LoadedSpine {
        resultColumns = List.copyOf(resultColumns);
    }

    /** The columns at some positions. */
    List<ResultColumn> at(int[] positions) {
        return Arrays.stream(positions).mapToObj(resultColumns::get).toList();
    }
}
