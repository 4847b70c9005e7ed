package dev.asof.ingestion.table;

import dev.asof.postgres.SqlColumn;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Shown;
import dev.asof.shared.Suggestions;
import dev.asof.shared.ValueType;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;
import java.sql.Connection;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Holds the columns that a table really has against those that its source declares. */
final class TableColumns {

    private static final Set<String> INTEGERS = Set.of("int2", "int4", "int8", "numeric");
    private static final Set<String> NUMBERS = Set.of("int2", "int4", "int8", "numeric", "float4", "float8");
    private static final Set<String> TEXTS = Set.of("text", "varchar", "bpchar", "name", "citext", "uuid");
    private static final Set<String> TIMES = Set.of("timestamptz", "timestamp", "date");

    /** What Postgres's short names are in SQL. */
    private static final Map<String, String> IN_WORDS = Map.of(
            "int2", "smallint",
            "int4", "integer",
            "int8", "bigint",
            "float4", "real",
            "float8", "double precision",
            "bool", "boolean",
            "timestamptz", "timestamp with time zone",
            "timestamp", "timestamp without time zone");

    /** A column to read, at its place in what is selected. */
    record Readable(String name, SqlColumn column) {}

    private TableColumns() {}

    /**
     * The declared columns as they are read, in the order of the source.
     *
     * @throws AsofException INVALID with every column that is missing or of a type that can't be read as declared
     */
    static List<Readable> readable(SourceDefinition source, ResultSetMetaData table, Connection connection)
            throws SQLException {
        var found = new LinkedHashMap<String, SqlColumn>();
        for (int i = 1; i <= table.getColumnCount(); i++) {
            found.putIfAbsent(table.getColumnLabel(i), SqlColumn.of(table, i, connection));
        }
        var readable = new ArrayList<Readable>();
        var violations = new Violations();
        for (SourceColumn column : source.columns()) {
            SqlColumn real = found.get(column.name());
            if (real != null) {
                problem(column, real)
                        .map(message -> Violation.of("columns." + column.name(), "wrong_type", message))
                        .ifPresentOrElse(
                                violations::add,
                                () -> readable.add(new Readable(column.name(), real.at(readable.size() + 1))));
            } else if (!isOwn(source, column)) {
                violations.add(
                        "missing_column",
                        () -> Violation.of(
                                "columns." + column.name(),
                                "missing_column",
                                "The table has no column '%s'; its columns are %s"
                                        .formatted(column.name(), Shown.names(found.keySet())),
                                Suggestions.nearest(column.name(), found.keySet())));
            }
        }
        if (!violations.isEmpty()) {
            String more = violations.count() == 1 ? "" : " (and %s more)".formatted(violations.count() - 1);
            String first = violations.shown().getFirst().message();
            throw new AsofException(ErrorCode.INVALID, first + more, violations);
        }
        return readable;
    }

    /** A snapshot's tombstone is Asof's own mark, unless the table has such a column too. */
    private static boolean isOwn(SourceDefinition source, SourceColumn column) {
        return source.isSnapshot()
                && source.tombstone().filter(column.name()::equals).isPresent();
    }

    private static Optional<String> problem(SourceColumn column, SqlColumn real) {
        boolean fits = switch (column.type()) {
            case ScalarType scalar -> !real.isArray() && fits(scalar, real);
            case ListType list -> real.isArray() && fits(list.element(), real);
        };
        if (!fits) {
            return Optional.of("The column '%s' of the table is %s, which is not read as %s: %s"
                    .formatted(column.name(), inWords(real), column.type(), advice(column.type(), real)));
        }
        boolean isLocal = Set.of("timestamp", "date").contains(real.typeName());
        return isLocal && column.timeZone().isEmpty()
                ? Optional.of("The column '%s' of the table is %s, a local time: say where with time_zone, such as UTC"
                        .formatted(column.name(), inWords(real)))
                : Optional.empty();
    }

    private static boolean fits(ScalarType declared, SqlColumn real) {
        return switch (declared) {
            case BOOLEAN -> real.typeName().equals("bool");
            case INT32, INT64 -> INTEGERS.contains(real.typeName());
            case FLOAT32, FLOAT64 -> NUMBERS.contains(real.typeName());
            case STRING -> TEXTS.contains(real.typeName()) || real.isText();
            case BYTES -> real.typeName().equals("bytea");
            case TIMESTAMP -> TIMES.contains(real.typeName());
        };
    }

    private static String advice(ValueType declared, SqlColumn real) {
        for (ScalarType type : ScalarType.values()) {
            if (fits(type, real)) {
                var fitting = type == ScalarType.INT32 ? ScalarType.INT64 : type;
                return "declare it %s, or cast it in a query"
                        .formatted(real.isArray() ? ListType.of(fitting) : fitting);
            }
        }
        boolean isForText = declared.equals(ScalarType.STRING) || declared.equals(ListType.of(ScalarType.STRING));
        return "cast it in a query, such as select column::%s%s"
                .formatted(isForText ? "text" : "…", real.isArray() ? "[]" : "");
    }

    private static String inWords(SqlColumn real) {
        return IN_WORDS.getOrDefault(real.typeName(), real.typeName()) + (real.isArray() ? "[]" : "");
    }
}
