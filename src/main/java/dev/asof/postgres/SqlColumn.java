package dev.asof.postgres;

import dev.asof.formats.LimitedReader;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;

/**
 * A column of a query, and how it becomes raw values. Types that Asof doesn't have come as text, {@code numeric} as
 * FLOAT64; a {@code timestamp} without zone is a local time, a {@code date} stays a date so that it isn't taken for an
 * instant.
 *
 * @param typeName the type of the column, or of an array's elements, as Postgres's catalog names it, without a schema
 * @param form how values of that type are read
 * @param isText whether the type is one of text to JDBC, as enums are
 */
public record SqlColumn(String typeName, PostgresType form, boolean isArray, boolean isText, int index) {

    private static final char BETWEEN_BOXES = ';';

    /** @param index of the column in the query's result, from 1 */
    public static SqlColumn of(ResultSetMetaData metadata, int index, Connection connection) throws SQLException {
        String name = metadata.getColumnTypeName(index);
        int type = metadata.getColumnType(index);
        if (type != Types.ARRAY) {
            return of(bare(name), false, type == Types.VARCHAR, index);
        }
        var types = connection.unwrap(BaseConnection.class).getTypeInfo();
        int element = types.getPGArrayElement(types.getPGType(name));
        return of(
                bare(String.valueOf(types.getPGType(element))),
                true,
                types.getSQLType(element) == Types.VARCHAR,
                index);
    }

    private static SqlColumn of(String typeName, boolean isArray, boolean isText, int index) {
        return new SqlColumn(typeName, PostgresType.named(typeName), isArray, isText, index);
    }

    /** The driver names types outside of pg_catalog with their schema, quoted. */
    private static String bare(String typeName) {
        int dot = typeName.lastIndexOf('.');
        return typeName.substring(dot + 1).replace("\"", "");
    }

    /** The same column at another place. */
    public SqlColumn at(int otherIndex) {
        return new SqlColumn(typeName, form, isArray, isText, otherIndex);
    }

    /** The type that its values have if nothing else is declared. */
    public ValueType type() {
        ScalarType scalar = form.type();
        return isArray ? ListType.of(scalar) : scalar;
    }

    /** About how many bytes a row of such values takes. */
    public static long bytes(@Nullable Object[] row) {
        return LimitedReader.size(row);
    }

    /** The value as {@link dev.asof.shared.ValueConverter} takes it; null for SQL's null. */
    public @Nullable Object read(ResultSet result) throws SQLException {
        return isArray
                ? PostgresArray.read(result, index, form, typeName.equals("box") ? BETWEEN_BOXES : ',')
                : form.read(result, index);
    }
}
