package dev.asof.training;

import dev.asof.formats.ResultColumn;
import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.shared.ValueType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the values of a selection's columns from what joins give: {@link FeatureSelection#storedColumns()}. */
public final class FeatureValues {

    private final int storedColumns;
    private final ValueType[] types;
    /** For each column its position among the stored ones. */
    private final int[] positions;

    public FeatureValues(FeatureSelection selection) {
        var columns = selection.columns();
        storedColumns = selection.storedColumns().size();
        types = new ValueType[columns.size()];
        positions = new int[columns.size()];
        int next = 0;
        for (int i = 0; i < positions.length; i++) {
            types[i] = columns.get(i).type();
            positions[i] = switch (columns.get(i).origin()) {
                case Origin.OfView _ -> next++;
                case Origin.Computed _ -> throw new UnsupportedOperationException("on-demand");
            };
        }
    }

    /** The columns as they stand in results. */
    public static List<ResultColumn> columns(FeatureSelection selection) {
        return selection.columns().stream()
                .map(column -> new ResultColumn(column.name(), column.type()))
                .toList();
    }

    /**
     * Puts the values of one row's columns where they belong.
     *
     * @param from a row of the join
     * @param first position of the first stored column in it
     * @param into a row of results
     * @param at position of the first column in it
     * @return the position after the last stored column
     */
    public int read(BlockRow from, int first, @Nullable Object[] into, int at) {
        for (int i = 0; i < positions.length; i++) {
            into[at + i] = from.value(first + positions[i], types[i]);
        }
        return first + storedColumns;
    }
}
