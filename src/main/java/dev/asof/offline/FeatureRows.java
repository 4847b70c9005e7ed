package dev.asof.offline;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegisteredView.Feature;
import dev.asof.registry.RegisteredView.Key;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ValueType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Feature rows with a key as they are read from a view version's table.
 *
 * @param columns to select, quoted, in the order in which {@link #read} takes them
 */
record FeatureRows(List<String> columns, List<ValueType> keys, List<ValueType> features, List<ValueType> kept) {

    /** Without what they keep for aggregates. */
    static FeatureRows of(RegisteredView view) {
        return of(view, List.of(), List.of());
    }

    static FeatureRows withKept(RegisteredView view, ViewAggregates aggregates) {
        return of(view, OfflineNames.keptColumns(aggregates), List.copyOf(aggregates.columnTypes()));
    }

    private static FeatureRows of(RegisteredView view, List<String> keptColumns, List<ValueType> kept) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(Sql.quoted(key.name())));
        columns.addAll(List.of(
                OfflineNames.EVENT_TIMESTAMP,
                OfflineNames.ROW_SEQUENCE,
                OfflineNames.DELETED,
                OfflineNames.FAILED_FEATURES));
        var features = view.rowFeatures();
        features.forEach(feature -> columns.add(Sql.quoted(feature.name())));
        keptColumns.forEach(column -> columns.add(Sql.quoted(column)));
        return new FeatureRows(
                List.copyOf(columns),
                view.keys().stream().<ValueType>map(Key::type).toList(),
                features.stream().map(Feature::type).toList(),
                kept);
    }

    /** @param column the first of the row's columns, counted from 1 */
    FeatureRow read(ResultSet result, int column) throws SQLException {
        Object[] key = key(result, column);
        int next = column + key.length;
        var eventTimestamp = ResultValues.instant(result, next++);
        long rowSequence = result.getLong(next++);
        boolean deleted = result.getBoolean(next++);
        int[] failed = ResultValues.shorts(result, next++);
        var values = values(result, next, features);
        return new FeatureRow(
                key, eventTimestamp, rowSequence, deleted, values, failed, values(result, next + values.length, kept));
    }

    /** The key alone. */
    Object[] key(ResultSet result, int column) throws SQLException {
        Object[] key = new Object[keys.size()];
        for (int i = 0; i < key.length; i++) {
            key[i] = Objects.requireNonNull(ResultValues.read(result, column + i, keys.get(i)));
        }
        return key;
    }

    private static @Nullable Object[] values(ResultSet result, int column, List<ValueType> types) throws SQLException {
        @Nullable Object[] values = new @Nullable Object[types.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ResultValues.read(result, column + i, types.get(i));
        }
        return values;
    }
}
