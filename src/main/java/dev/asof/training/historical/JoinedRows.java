package dev.asof.training.historical;

import dev.asof.formats.ResultColumn;
import dev.asof.offline.BlockJoin;
import dev.asof.registry.FeatureSelection;
import dev.asof.training.FeatureValues;
import dev.asof.training.spine.LoadedSpine;
import dev.asof.training.spine.SpineFile;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts the spine's rows and their features together, row by row, as the values of {@link #columns()}. */
final class JoinedRows {

    private final SpineFile.Rows spineRows;
    private final BlockJoin join;
    private final List<ResultColumn> columns;
    private final FeatureValues features;
    private final int spineWidth;

    /** @param join gives the selection's stored columns alone, and as many rows as the spine has */
    JoinedRows(SpineFile.Rows spineRows, BlockJoin join, LoadedSpine spine, FeatureSelection selection) {
        this.spineRows = spineRows;
        this.join = join;
        this.spineWidth = spine.resultColumns().size();
        this.features = new FeatureValues(
                selection,
                spine.columns().names(),
                spine.columns().names().get(spine.columns().at()));
        this.columns = columns(spine, selection);
    }

    List<ResultColumn> columns() {
        return columns;
    }

    /** The next row; null at the end. */
    @Nullable
    Object @Nullable [] next() throws SQLException, IOException {
        var fields = join.next();
        if (fields == null) {
            return null;
        }
        var row = Arrays.copyOf(Objects.requireNonNull(spineRows.next()), columns.size());
        features.read(fields, 0, row, spineWidth);
        return row;
    }

    private static List<ResultColumn> columns(LoadedSpine spine, FeatureSelection selection) {
        var columns = new ArrayList<>(spine.resultColumns());
        columns.addAll(FeatureValues.columns(selection));
        return List.copyOf(columns);
    }
}
