package dev.asof.postgres;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** The pieces generated SQL is made of: quoted identifiers, literals, Postgres's names for value types; and their zone. */
public final class Sql {

    private Sql() {}

    public static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /**
     * Has a session compute with UTC. The driver tells each new one the machine's zone, which outdoes the options of the
     * connection and the settings of login, database and server.
     */
    public static void useUtc(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("set timezone = 'UTC'");
        }
    }

    public static String qualified(String schema, String identifier) {
        return schema + "." + quoted(identifier);
    }

    public static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    public static String commaSeparated(List<String> parts) {
        return String.join(", ", parts);
    }

    public static String quotedList(List<String> identifiers) {
        return identifiers.stream().map(Sql::quoted).collect(Collectors.joining(", "));
    }

    /** The type of a parameter or result. */
    public static String type(ValueType type) {
        return switch (type) {
            case ScalarType scalar -> scalarType(scalar);
            case ListType list -> scalarType(list.element()) + "[]";
        };
    }

    /** The type of a table's column: text is compared byte for byte (rule A6). */
    public static String columnType(ValueType type) {
        return type == ScalarType.STRING ? "text collate \"C\"" : type(type);
    }

    private static String scalarType(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> "boolean";
            case INT32 -> "integer";
            case INT64 -> "bigint";
            case FLOAT32 -> "real";
            case FLOAT64 -> "double precision";
            case STRING -> "text";
            case BYTES -> "bytea";
            case TIMESTAMP -> "timestamptz";
        };
    }
}
