package dev.asof.ingestion.table;

import dev.asof.formats.RequestBody;
import dev.asof.postgres.PostgresType;
import dev.asof.postgres.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Has Postgres keep back values so long that their rows can't be read: they would be in memory before anything here
 * could tell how long they are. Of a text or bytes Postgres knows that without unpacking it. Each column of the relation
 * is computed once, whatever it calls ({@code offset 0} keeps subqueries apart).
 *
 * @param readable columns of the relation
 * @param guarded those that may be long
 */
record ValueGuard(List<TableColumns.Readable> readable, List<TableColumns.Readable> guarded) {

    private static final int MAX_BYTES = RequestBody.MAX_RECORD_LENGTH;

    /** What a row's long values have together at most. A list may be shorter as a row's text than as an array. */
    static final int MAX_ROW_BYTES = 4 * MAX_BYTES;

    /** No column of a source has a space in its name. */
    private static final String ALL_SIZES = Sql.quoted("all sizes");

    private static final String LARGEST_SIZE = Sql.quoted("largest size");

    private static final Set<PostgresType> SHORT = Set.of(
            PostgresType.BOOL,
            PostgresType.INT2,
            PostgresType.INT4,
            PostgresType.INT8,
            PostgresType.FLOAT4,
            PostgresType.FLOAT8,
            PostgresType.NUMERIC,
            PostgresType.TIMESTAMPTZ,
            PostgresType.TIMESTAMP,
            PostgresType.DATE);

    static ValueGuard of(List<TableColumns.Readable> readable) {
        return new ValueGuard(
                List.copyOf(readable),
                readable.stream()
                        .filter(column -> column.column().isArray()
                                || !SHORT.contains(column.column().form()))
                        .toList());
    }

    /** What stands before the relation in a select of the columns, then the name of one kept back, and the row's bytes. */
    String beforeRelation() {
        var selected = new ArrayList<String>();
        readable.forEach(column -> selected.add(selected(column)));
        selected.add(nameOfKept());
        selected.add(guarded.isEmpty() ? "null" : ALL_SIZES);
        var sizes = IntStream.range(0, guarded.size())
                .mapToObj(i -> ", %s as %s".formatted(sizeOf(guarded.get(i)), size(i)))
                .collect(Collectors.joining());
        return "select %s from (select s.*%s from (select r.*%s from (select %s from "
                .formatted(
                        String.join(", ", selected),
                        together(),
                        sizes,
                        Sql.quotedList(readable.stream()
                                .map(TableColumns.Readable::name)
                                .toList()));
    }

    String afterRelation() {
        return " offset 0) as r offset 0) as s offset 0) as guarded";
    }

    private String selected(TableColumns.Readable column) {
        String name = Sql.quoted(column.name());
        int guard = guarded.indexOf(column);
        return guard < 0 ? name : "case when not (%s) then %s end".formatted(isKept(guard), name);
    }

    /** Of a row that is too long only altogether, the columns that make it so. */
    private String isKept(int guard) {
        return "%1$s > %2$s or %3$s > %4$s and %1$s > %5$s"
                .formatted(
                        size(guard),
                        mostBytes(guarded.get(guard)),
                        ALL_SIZES,
                        MAX_ROW_BYTES,
                        MAX_ROW_BYTES / guarded.size());
    }

    private String together() {
        if (guarded.isEmpty()) {
            return "";
        }
        return ", %s as %s, greatest(%s) as %s"
                .formatted(
                        IntStream.range(0, guarded.size())
                                .mapToObj(i -> "coalesce(%s, 0)::bigint".formatted(size(i)))
                                .collect(Collectors.joining(" + ")),
                        ALL_SIZES,
                        IntStream.range(0, guarded.size())
                                .mapToObj(ValueGuard::size)
                                .collect(Collectors.joining(", ")),
                        LARGEST_SIZE);
    }

    /** The longest column that is kept back; null where none is. */
    private String nameOfKept() {
        return IntStream.range(0, 2 * guarded.size())
                .mapToObj(i -> i < guarded.size()
                        ? "when (%s) and %s = %s".formatted(isKept(i), size(i), LARGEST_SIZE) + thenName(i)
                        : "when " + isKept(i - guarded.size()) + thenName(i - guarded.size()))
                .reduce((one, next) -> one + " " + next)
                .map(cases -> "case " + cases + " end")
                .orElse("null");
    }

    private String thenName(int guard) {
        return " then " + Sql.literal(guarded.get(guard).name());
    }

    private static int mostBytes(TableColumns.Readable column) {
        return column.column().isArray() ? MAX_ROW_BYTES : MAX_BYTES;
    }

    private static String size(int guard) {
        return Sql.quoted("size " + guard);
    }

    private static String sizeOf(TableColumns.Readable column) {
        String name = "r." + Sql.quoted(column.name());
        if (column.column().isArray()) {
            // as it is once it is unpacked
            return "case when %1$s is not null then pg_column_size(array_cat(%1$s, '{}')) end".formatted(name);
        }
        return column.column().form() == PostgresType.BYTEA
                ? "octet_length(%s)".formatted(name)
                : "octet_length(%s::text)".formatted(name);
    }
}
