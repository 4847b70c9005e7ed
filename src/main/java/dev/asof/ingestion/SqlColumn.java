package dev.asof.ingestion;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one column of a query becomes raw values. Types that Asof doesn't have come as text, {@code numeric} as
 * FLOAT64; a {@code timestamp} without zone is a local time, a {@code date} stays a date so that it isn't taken for an
 * instant.
 */
public record SqlColumn(String sqlType, ValueType type, int index) {

    private static final Map<String, ScalarType> TYPES = Map.ofEntries(
            Map.entry("bool", ScalarType.BOOLEAN),
            Map.entry("int2", ScalarType.INT32),
            Map.entry("int4", ScalarType.INT32),
            Map.entry("int8", ScalarType.INT64),
            Map.entry("float4", ScalarType.FLOAT32),
            Map.entry("float8", ScalarType.FLOAT64),
            Map.entry("numeric", ScalarType.FLOAT64),
            Map.entry("bytea", ScalarType.BYTES),
            Map.entry("timestamptz", ScalarType.TIMESTAMP),
            Map.entry("timestamp", ScalarType.TIMESTAMP));

    public static SqlColumn of(String sqlType, int index) {
        if (sqlType.startsWith("_")) {
            var element = TYPES.getOrDefault(sqlType.substring(1), ScalarType.STRING);
            return new SqlColumn(sqlType, ListType.of(element), index);
        }
        return new SqlColumn(sqlType, TYPES.getOrDefault(sqlType, ScalarType.STRING), index);
    }

    /** The value as {@link dev.asof.shared.ValueConverter} takes it. */
    public @Nullable Object read(ResultSet result) throws SQLException {
        if (type instanceof ListType) {
            return list(result);
        }
        Object value =
                switch (sqlType) {
                    case "bool" -> result.getBoolean(index);
                    case "int2", "int4" -> result.getInt(index);
                    case "int8" -> result.getLong(index);
                    case "float4" -> result.getFloat(index);
                    case "float8" -> result.getDouble(index);
                    case "numeric" -> number(result.getString(index));
                    case "bytea" -> result.getBytes(index);
                    case "timestamptz" -> instant(result.getObject(index, OffsetDateTime.class));
                    case "timestamp" -> result.getObject(index, LocalDateTime.class);
                    case "date" -> result.getObject(index, LocalDate.class);
                    default -> result.getString(index);
                };
        return result.wasNull() ? null : value;
    }

    private @Nullable List<@Nullable Object> list(ResultSet result) throws SQLException {
        var array = result.getArray(index);
        if (array == null) {
            return null;
        }
        var values = new ArrayList<@Nullable Object>();
        for (Object value : (Object[]) array.getArray()) {
            values.add(element(value));
        }
        return values;
    }

    private @Nullable Object element(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Timestamp time -> sqlType.equals("_timestamp") ? time.toLocalDateTime() : time.toInstant();
            case BigDecimal number -> number.doubleValue();
            case Short number -> number.intValue();
            case Object other -> type.equals(ListType.of(ScalarType.STRING)) ? other.toString() : other;
        };
    }

    /** Exact, because a key may be made of it; NaN and infinities have no decimal. */
    private static @Nullable Object number(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return Character.isLetter(text.charAt(text.length() - 1)) ? (Object) Double.valueOf(text) : new BigDecimal(text);
    }

    private static @Nullable Object instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
