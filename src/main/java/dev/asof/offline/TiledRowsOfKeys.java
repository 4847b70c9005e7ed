package dev.asof.offline;

import dev.asof.offline.AggregateRows.Rows;
import dev.asof.offline.schema.CountedRows;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TileStatements;
import dev.asof.offline.tile.TileStore;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.PreparedStatementCreator;

/**
 * The statement that reads keys' newest rows, tiles that stand for their rows, and the rows that count elsewhere. Tiles are read where
 * a plan takes them, they can be relied on, and they come after the key's cut; the coarsest first. It is one statement, so that what it
 * relies on, the tiles and the rows are of one moment, whatever the transaction's isolation.
 */
final class TiledRowsOfKeys {

    /** For the transaction: Postgres takes all those ranges for much work, and would compile for longer than they take. */
    static final String SETTINGS = "set local jit = off";

    private static final TileLevel[] LEVELS = TileLevel.values();
    private static final int NEWEST = -1;
    private static final int COUNTED = -2;

    private static final int LEAST_FETCHED = 50;
    private static final int MOST_FETCHED = 2_000;
    private static final int FETCHED_BYTES = 8 << 20;

    private final RegisteredView view;
    private final PlannedTiles tiles;
    private final List<TileLevel> levels;
    private final FeatureRows reader;
    private final TileStore store;
    private final AskedKeys asked;
    private final int fetchSize;
    private final String sql;

    TiledRowsOfKeys(RegisteredView view, TilePlan plan) {
        ViewAggregates aggregates = view.aggregates().orElseThrow();
        this.view = view;
        this.tiles = new PlannedTiles(view, plan);
        this.levels = tiles.levels();
        this.reader = FeatureRows.withKept(view, aggregates);
        this.store = new TileStore(view, aggregates);
        this.asked = new AskedKeys(view);
        this.fetchSize = Math.clamp(FETCHED_BYTES / store.mostBytes(), LEAST_FETCHED, MOST_FETCHED);
        this.sql = sql(new CountedRows(
                view, aggregates, OfflineNames.featureTable(view), "at.as_of", _ -> "true", _ -> "true"));
    }

    PreparedStatementCreator of(List<EntityKey> keys) {
        return connection -> {
            var statement = connection.prepareStatement(sql);
            statement.setFetchSize(fetchSize);
            AskedKeys.setTime(statement, 1, tiles.from());
            AskedKeys.setTime(statement, 2, tiles.asOf());
            int parameter = 3;
            for (TileLevel level : levels) {
                statement.setString(parameter++, tiles.taken(level));
            }
            asked.set(statement, connection, parameter, keys);
            return statement;
        };
    }

    private String sql(CountedRows counted) {
        var text = new StringBuilder("""
            select found.* from (select ?::timestamptz as earliest, ?::timestamptz as as_of%s) at cross join %s
            %s
            cross join lateral (
                select (select readable from asof.tiled_view where view_id = %s)%s as stretches
                offset 0) tiled
            """.formatted(
                        levels.stream()
                                .map(level -> ", ?::tstzmultirange as " + name("taken", level))
                                .collect(Collectors.joining()),
                        asked.relation(),
                        counted.cut(asked::match),
                        view.id(),
                        view.rowId().isEmpty()
                                ? " * tstzmultirange(tstzrange(cut.event_timestamp + interval '1 microsecond', null))"
                                : ""));
        String coarser = "'{}'::tstzmultirange";
        for (TileLevel level : levels.reversed()) {
            text.append("""
                cross join lateral (select %1$s - %2$s as own, %2$s as coarser offset 0) %3$s
                """.formatted(
                            TileStatements.within(level, "tiled.stretches * at." + name("taken", level)),
                            coarser,
                            name("c", level)));
            coarser = "(%1$s.own + %1$s.coarser)".formatted(name("c", level));
        }
        text.append("""
            cross join lateral (
                select tstzmultirange(tstzrange(%s, at.as_of + interval '1 microsecond')) - %s as stretches
                offset 0) raw
            cross join lateral (%s) found
            """.formatted(counted.from("at.earliest"), coarser, found(counted)));
        return text.toString();
    }

    /** The newest row, tiles and rows that count, all with the columns of rows and then those of tiles. */
    private String found(CountedRows counted) {
        var ofTile = store.countedColumns("t");
        var keysOfTile = view.keys().stream()
                .map(key -> "t." + Sql.quoted(key.name()))
                .collect(Collectors.toCollection(ArrayList::new));
        keysOfTile.addAll(nulls(reader.columns().size() - keysOfTile.size()));
        return """
            (select %1$s, %2$s, %3$s from %4$s t
             where %5$st.event_timestamp <= at.as_of
             order by t.event_timestamp desc, t.row_sequence desc
             limit 1)
            union all
            (select t.level, %6$s, %7$s from (%8$s) y
             cross join lateral (
                 select * from %9$s t
                 where %5$st.level = y.level and t.start >= lower(y.s) and t.start < upper(y.s) and t.last_event is not null
                 offset 0) t)
            union all
            (select %10$s, %11$s, %3$s from (select unnest(raw.stretches) as s offset 0) y
             cross join lateral (
                 select * from %4$s h
                 where %12$sh.event_timestamp >= lower(y.s) and h.event_timestamp < upper(y.s) %13$s
                 order by h.event_timestamp, h.row_sequence) h)
            """.formatted(
                        NEWEST,
                        RowsOfKeys.of("t", reader.columns()),
                        Sql.commaSeparated(nulls(ofTile.size())),
                        OfflineNames.featureTable(view),
                        asked.match("t"),
                        Sql.commaSeparated(keysOfTile),
                        Sql.commaSeparated(ofTile),
                        levels.stream()
                                .map(level -> "select %s as level, unnest(%s.own) as s"
                                        .formatted(level.ordinal(), name("c", level)))
                                .collect(Collectors.joining(" union all ")),
                        TileStatements.table(view),
                        COUNTED,
                        RowsOfKeys.of("h", reader.columns()),
                        asked.match("h"),
                        counted.condition("h"));
    }

    private static List<String> nulls(int number) {
        return Collections.nCopies(number, "null");
    }

    private static String name(String prefix, TileLevel level) {
        return prefix + "_" + level.ordinal();
    }

    void take(ResultSet result, Rows rows) throws SQLException {
        int what = result.getInt(1);
        switch (what) {
            case NEWEST -> rows.newest(reader.read(result, 2));
            case COUNTED -> rows.counted(reader.read(result, 2));
            default ->
                rows.tile(
                        Objects.requireNonNull(EntityKey.of(Arrays.asList(reader.key(result, 2)))),
                        store.readCounted(result, reader.columns().size() + 2, LEVELS[what]));
        }
    }
}
