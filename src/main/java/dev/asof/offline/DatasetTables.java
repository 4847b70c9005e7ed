package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.Sql;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The tables of schema {@code datasets}: the spines of training datasets with real columns, for anyone to read. */
@Component
public class DatasetTables {

    /** What Postgres takes as a name, in bytes of UTF-8. */
    public static final int MAX_NAME_BYTES = 63;

    /** How many columns a table may have, with some room for Asof's own. */
    public static final int MAX_COLUMNS = 1_500;

    private static final Set<String> SYSTEM_COLUMNS =
            Set.of("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", PointInTimeJoin.ORDINAL);

    private final JdbcTemplate jdbc;

    DatasetTables(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
    }

    /** Whether a column of these tables can't be called like this because Postgres or Asof has one of that name. */
    public static boolean isReserved(String column) {
        return SYSTEM_COLUMNS.contains(column);
    }

    /** The quoted name. */
    public static String qualified(String table) {
        return Sql.qualified("datasets", table);
    }

    /** A select of the rows of a table whose time is at or after one instant and before another, where these are given. */
    public static String between(String table, String timeColumn, @Nullable Instant from, @Nullable Instant until) {
        var bounds = new ArrayList<String>();
        if (from != null) {
            bounds.add("%s >= %s".formatted(quoted(timeColumn), Sql.literal(Timestamps.format(from))));
        }
        if (until != null) {
            bounds.add("%s < %s".formatted(quoted(timeColumn), Sql.literal(Timestamps.format(until))));
        }
        return bounds.isEmpty()
                ? qualified(table)
                : "(select * from %s where %s)".formatted(qualified(table), String.join(" and ", bounds));
    }

    /**
     * Makes a table, in the current transaction.
     *
     * @param columns in order; they follow a column that numbers the rows from 1
     */
    public void create(String table, Map<String, ValueType> columns) {
        var definitions = new ArrayList<String>();
        definitions.add(quoted(PointInTimeJoin.ORDINAL) + " bigint not null");
        columns.forEach((name, type) -> definitions.add(quoted(name) + " " + Sql.columnType(type)));
        jdbc.execute("create table %s (%s)".formatted(qualified(table), Sql.commaSeparated(definitions)));
    }

    /** An empty buffer for a table's rows, the number first. */
    public static RowBuffer buffer(String table, Iterable<String> columns) {
        var all = new ArrayList<>(List.of(PointInTimeJoin.ORDINAL));
        columns.forEach(all::add);
        return new RowBuffer(qualified(table), all);
    }

    /** Makes a full table ready to be read in order. */
    public void index(String table) {
        jdbc.execute(
                "alter table %s add primary key (%s)".formatted(qualified(table), quoted(PointInTimeJoin.ORDINAL)));
        jdbc.execute("analyze " + qualified(table));
    }

    /** Gives a table its lasting name. */
    public void rename(String table, String name, String comment) {
        jdbc.execute("alter table %s rename to %s".formatted(qualified(table), quoted(name)));
        jdbc.execute("comment on table %s is %s".formatted(qualified(name), Sql.literal(comment)));
    }

    /** Drops a table unless it is read for long. */
    public void drop(String table) {
        jdbc.execute("set local lock_timeout = '2s'");
        jdbc.execute("drop table if exists " + qualified(table));
    }
}
