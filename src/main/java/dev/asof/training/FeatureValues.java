package dev.asof.training;

import dev.asof.formats.ResultColumn;
import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.Origin;
import dev.asof.registry.FeatureSelection.StoredColumn;
import dev.asof.shared.ValueType;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the values of a selection's columns from what joins give ({@link FeatureSelection#storedColumns()}) and what the
 * spine has. Used by one thread.
 */
public final class FeatureValues {

    private final ValueType[] storedTypes;
    private final @Nullable Object[] stored;
    private final ComputedValues computed;
    /** For each column its position among the stored ones; of a computed one, its place after those. */
    private final int[] positions;

    /**
     * @param spineColumns with every request value of the selection
     * @param asOfColumn one of them
     */
    public FeatureValues(FeatureSelection selection, List<String> spineColumns, String asOfColumn) {
        var columns = selection.storedColumns();
        var places = new HashMap<Origin.OfView, Integer>();
        this.storedTypes = new ValueType[columns.size()];
        for (int i = 0; i < storedTypes.length; i++) {
            StoredColumn column = columns.get(i);
            var view = selection.views().get(column.view()).view();
            storedTypes[i] = view.features().get(column.feature()).type();
            places.put(Origin.of(view, column.view(), column.feature()), i);
        }
        this.stored = new @Nullable Object[storedTypes.length];
        this.computed = new ComputedValues(selection, places, spineColumns, asOfColumn);
        this.positions = selection.columns().stream()
                .mapToInt(column -> switch (column.origin()) {
                    case Origin.OfView from -> places.get(from);
                    case Origin.Computed from -> stored.length + computed.place(from);
                })
                .toArray();
    }

    /** The columns as they stand in results. */
    public static List<ResultColumn> columns(FeatureSelection selection) {
        return selection.columns().stream()
                .map(column -> new ResultColumn(column.name(), column.type()))
                .toList();
    }

    /** The on-demand features that a selection's columns are, and those that these are computed from. */
    public static Set<Origin.Computed> computed(FeatureSelection selection) {
        return ComputedValues.wanted(selection);
    }

    /**
     * Puts the values of one row's columns where they belong.
     *
     * @param from a row of the join
     * @param first position of the first stored column in it
     * @param into a row of results, which begins with the spine's columns
     * @param at position of the first column in it
     * @return the position after the last stored column
     */
    public int read(BlockRow from, int first, @Nullable Object[] into, int at) {
        for (int i = 0; i < stored.length; i++) {
            stored[i] = from.value(first + i, storedTypes[i]);
        }
        computed.compute(stored, into);
        for (int i = 0; i < positions.length; i++) {
            int position = positions[i];
            into[at + i] = position < stored.length ? stored[position] : computed.value(position - stored.length);
        }
        return first + stored.length;
    }

    /** How often an on-demand feature that the columns are made from failed in all rows so far. */
    public long failures(Origin.Computed feature) {
        return computed.failures(feature);
    }
}
