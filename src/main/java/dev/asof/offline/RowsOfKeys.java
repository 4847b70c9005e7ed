package dev.asof.offline;

import dev.asof.offline.AggregateRows.Rows;
import dev.asof.offline.schema.CountedRows;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.transform.window.TilePlan;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.PreparedStatementCreator;

/** The statement that reads keys' newest rows and those that count, by an index scan a key; it may leave keys with many rows out. */
final class RowsOfKeys {

    private static final int FETCH_SIZE = 2_000;

    private final Instant from;
    private final Instant asOf;
    private final FeatureRows reader;
    private final AskedKeys asked;
    private final String sql;

    private RowsOfKeys(RegisteredView view, Instant from, Instant asOf, String many) {
        ViewAggregates aggregates = view.aggregates().orElseThrow();
        this.from = from;
        this.asOf = asOf;
        this.reader = FeatureRows.withKept(view, aggregates);
        this.asked = new AskedKeys(view);
        this.sql = sql(view, aggregates, many);
    }

    static RowsOfKeys all(RegisteredView view, Instant from, Instant asOf) {
        return new RowsOfKeys(view, from, asOf, "select false as many");
    }

    /**
     * Keys for which tiles that a plan takes are worth it are left out.
     *
     * @param worth how many rows a number of tiles is worth
     */
    static RowsOfKeys few(RegisteredView view, TilePlan plan, IntUnaryOperator worth) {
        var tiles = new PlannedTiles(view, plan);
        if (tiles.isEmpty()) {
            return all(view, tiles.from(), tiles.asOf());
        }
        return new RowsOfKeys(view, tiles.from(), tiles.asOf(), """
            select exists (
                select from %s m
                where %sm.event_timestamp >= at.earliest and m.event_timestamp <= at.as_of
                offset %s) as many
            offset 0\
            """.formatted(
                OfflineNames.featureTable(view), new AskedKeys(view).match("m"), worth.applyAsInt(tiles.most())));
    }

    PreparedStatementCreator of(List<EntityKey> keys) {
        return connection -> {
            var statement = connection.prepareStatement(sql);
            statement.setFetchSize(FETCH_SIZE);
            AskedKeys.setTime(statement, 1, from);
            AskedKeys.setTime(statement, 2, asOf);
            asked.set(statement, connection, 3, keys);
            return statement;
        };
    }

    private String sql(RegisteredView view, ViewAggregates aggregates, String many) {
        String table = OfflineNames.featureTable(view);
        var counted = new CountedRows(view, aggregates, table, "at.as_of", _ -> "true", _ -> "true");
        return """
            select found.* from (select ?::timestamptz as earliest, ?::timestamptz as as_of) at cross join %1$s
            cross join lateral (%2$s) d
            cross join lateral (
                (select true, d.many, %3$s from %4$s t
                 where %5$st.event_timestamp <= at.as_of
                 order by t.event_timestamp desc, t.row_sequence desc
                 limit 1)
                union all
                (select false, false, %6$s from (select) one %7$s cross join %4$s h
                 where not d.many and %8$sh.event_timestamp <= at.as_of and h.event_timestamp >= %9$s %10$s
                 order by h.event_timestamp, h.row_sequence)) found
            """.formatted(
                        asked.relation(),
                        many,
                        of("t", reader.columns()),
                        table,
                        asked.match("t"),
                        of("h", reader.columns()),
                        counted.cut(asked::match),
                        asked.match("h"),
                        counted.from("at.earliest"),
                        counted.condition("h"));
    }

    /** The key, if its rows are left out: then it is to be read otherwise. */
    Optional<EntityKey> take(ResultSet result, Rows rows) throws SQLException {
        var row = reader.read(result, 3);
        if (result.getBoolean(2)) {
            return Optional.of(row.key());
        }
        if (result.getBoolean(1)) {
            rows.newest(row);
        } else {
            rows.counted(row);
        }
        return Optional.empty();
    }

    static String of(String alias, List<String> columns) {
        return columns.stream().map(column -> alias + "." + column).collect(Collectors.joining(", "));
    }
}
