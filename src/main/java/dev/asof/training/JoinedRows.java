package dev.asof.training;

import dev.asof.offline.BlockJoin;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the join's result, row by row, as the values of {@link #columns()}. */
final class JoinedRows {

    private final BlockJoin join;
    private final LoadedSpine spine;
    private final List<ResultColumn> columns;
    private final List<ValueType> otherTypes;
    private final int spineWidth;
    private final int firstFeature;

    JoinedRows(BlockJoin join, LoadedSpine spine, FeatureSelection selection) {
        this.join = join;
        this.spine = spine;
        this.otherTypes = spine.otherTypes();
        this.spineWidth = spine.types().size();
        this.firstFeature = spine.columns().keys().length + 2;
        this.columns = columns(spine, selection);
    }

    List<ResultColumn> columns() {
        return columns;
    }

    /** The next row; null at the end. */
    @Nullable Object @Nullable [] next() throws SQLException, IOException {
        var fields = join.next();
        if (fields == null) {
            return null;
        }
        var row = new @Nullable Object[columns.size()];
        var keys = spine.columns().keys();
        for (int i = 0; i < keys.length; i++) {
            row[keys[i]] = fields.value(i + 1, spine.types().get(keys[i]));
        }
        row[spine.columns().at()] = fields.instant(0);
        HandedThrough.unpack(
                (byte[]) Objects.requireNonNull(fields.value(keys.length + 1, ScalarType.BYTES)),
                otherTypes,
                row,
                spine.columns().others());
        for (int i = spineWidth; i < row.length; i++) {
            row[i] = fields.value(firstFeature + i - spineWidth, columns.get(i).type());
        }
        return row;
    }

    private static List<ResultColumn> columns(LoadedSpine spine, FeatureSelection selection) {
        var columns = new ArrayList<ResultColumn>();
        for (int i = 0; i < spine.types().size(); i++) {
            columns.add(new ResultColumn(
                    spine.columns().names().get(i), spine.types().get(i)));
        }
        selection.columns().forEach(column -> columns.add(new ResultColumn(column.name(), column.type())));
        return List.copyOf(columns);
    }
}
