package dev.asof.training;

import dev.asof.registry.FeatureSelection;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the join's result, row by row, as the values of {@link #columns()}. */
final class JoinedRows {

    private final ResultSet result;
    private final LoadedSpine spine;
    private final List<ResultColumn> columns;
    private final List<ValueType> otherTypes;
    private final int spineWidth;
    private final int firstFeature;

    JoinedRows(ResultSet result, LoadedSpine spine, FeatureSelection selection) {
        this.result = result;
        this.spine = spine;
        this.otherTypes = spine.otherTypes();
        this.spineWidth = spine.types().size();
        this.firstFeature = spine.columns().keys().length + 3;
        this.columns = columns(spine, selection);
    }

    List<ResultColumn> columns() {
        return columns;
    }

    /** The next row; null at the end. */
    @Nullable Object @Nullable [] next() throws SQLException {
        if (!result.next()) {
            return null;
        }
        var row = new @Nullable Object[columns.size()];
        var keys = spine.columns().keys();
        for (int i = 0; i < keys.length; i++) {
            row[keys[i]] = value(result, i + 2, spine.types().get(keys[i]));
        }
        row[spine.columns().at()] = value(result, 1, ScalarType.TIMESTAMP);
        HandedThrough.unpack(
                Objects.requireNonNull(result.getBytes(keys.length + 2)),
                otherTypes,
                row,
                spine.columns().others());
        for (int i = spineWidth; i < row.length; i++) {
            row[i] = value(result, firstFeature + i - spineWidth, columns.get(i).type());
        }
        return row;
    }

    /** A column of a result as a value of its type. */
    static @Nullable Object value(ResultSet result, int index, ValueType type) throws SQLException {
        return switch (type) {
            case ScalarType scalar -> scalar(result, index, scalar);
            case ListType list -> list(result, index, list.element());
        };
    }

    private static @Nullable Object scalar(ResultSet result, int index, ScalarType type) throws SQLException {
        Object value =
                switch (type) {
                    case BOOLEAN -> result.getBoolean(index);
                    case INT32 -> result.getInt(index);
                    case INT64 -> result.getLong(index);
                    case FLOAT32 -> result.getFloat(index);
                    case FLOAT64 -> result.getDouble(index);
                    case STRING -> result.getString(index);
                    case BYTES -> result.getBytes(index);
                    case TIMESTAMP -> instant(result.getObject(index, OffsetDateTime.class));
                };
        return result.wasNull() ? null : value;
    }

    private static @Nullable Object list(ResultSet result, int index, ScalarType element) throws SQLException {
        var array = result.getArray(index);
        if (array == null) {
            return null;
        }
        var values = new ArrayList<@Nullable Object>();
        for (Object value : (Object[]) array.getArray()) {
            values.add(element == ScalarType.TIMESTAMP && value instanceof Timestamp time ? time.toInstant() : value);
        }
        return values;
    }

    /** A timestamp of a result. */
    static @Nullable Instant instant(ResultSet result, int index) throws SQLException {
        return instant(result.getObject(index, OffsetDateTime.class));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
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
