package dev.asof.offline;

import dev.asof.postgres.ResultValues;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Feature rows as they are read from a view version's table. */
final class FeatureRows {

    private FeatureRows() {}

    /** The columns to select, quoted, in the order in which {@link #read} takes them. */
    static List<String> columns(RegisteredView view) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(Sql.quoted(key.name())));
        columns.addAll(List.of(
                OfflineNames.EVENT_TIMESTAMP,
                OfflineNames.ROW_SEQUENCE,
                OfflineNames.DELETED,
                OfflineNames.FAILED_FEATURES));
        view.rowFeatures().forEach(feature -> columns.add(Sql.quoted(feature.name())));
        return columns;
    }

    /** @param column the first of the row's columns, counted from 1 */
    static FeatureRow read(RegisteredView view, ResultSet result, int column) throws SQLException {
        int next = column;
        Object[] keys = new Object[view.keys().size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = Objects.requireNonNull(
                    ResultValues.read(result, next++, view.keys().get(i).type()));
        }
        Instant eventTimestamp = ResultValues.instant(result, next++);
        long rowSequence = result.getLong(next++);
        boolean deleted = result.getBoolean(next++);
        int[] failed = ResultValues.shorts(result, next++);
        @Nullable Object[] values = new @Nullable Object[view.rowFeatures().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    ResultValues.read(result, next++, view.rowFeatures().get(i).type());
        }
        return new FeatureRow(keys, eventTimestamp, rowSequence, deleted, values, failed);
    }
}
