package dev.asof.offline;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads values of every {@link ValueType} from a result. */
public final class ResultValues {

    private ResultValues() {}

    /** The value in a column counted from 1; null for SQL's null. */
    public static @Nullable Object read(ResultSet result, int column, ValueType type) throws SQLException {
        return switch (type) {
            case ScalarType scalar -> scalar(result, column, scalar);
            case ListType list -> list(result.getArray(column), list.element());
        };
    }

    private static @Nullable Object scalar(ResultSet result, int column, ScalarType type) throws SQLException {
        Object value = switch (type) {
            case BOOLEAN -> result.getBoolean(column);
            case INT32 -> result.getInt(column);
            case INT64 -> result.getLong(column);
            case FLOAT32 -> result.getFloat(column);
            case FLOAT64 -> result.getDouble(column);
            case STRING -> result.getString(column);
            case BYTES -> result.getBytes(column);
            case TIMESTAMP -> {
                OffsetDateTime time = result.getObject(column, OffsetDateTime.class);
                yield time == null ? null : time.toInstant();
            }
        };
        return result.wasNull() ? null : value;
    }

    /** A timestamp that is never null. */
    static Instant instant(ResultSet result, int column) throws SQLException {
        return result.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable List<@Nullable Object> list(@Nullable Array array, ScalarType element)
            throws SQLException {
        if (array == null) {
            return null;
        }
        Object[] elements = (Object[]) array.getArray();
        var list = new ArrayList<@Nullable Object>(elements.length);
        for (Object value : elements) {
            list.add(element == ScalarType.TIMESTAMP && value instanceof Timestamp time ? time.toInstant() : value);
        }
        return list;
    }
}
