package dev.asof.offline.schema;

import static dev.asof.postgres.Sql.literal;
import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The statements for a view version's tiles, and their names. Pure: text out, nothing run. */
public final class TileStatements {

    private static final List<TileLevel> STORED =
            List.of(TileLevel.HOUR, TileLevel.DAY, TileLevel.DAYS_32, TileLevel.DAYS_1024);

    /** The start of the first tile of every level, in microseconds since 1970; whatever is older is always read from rows. */
    public static final long FIRST = TileLevel.DAYS_1024.ceiling(Timestamps.toMicros(Timestamps.MIN));

    private static final String ORIGIN = "timestamptz " + literal(Timestamps.format(Timestamps.ofMicros(FIRST)));

    /** A level is worth it for windows of so many of its tiles. */
    private static final int LEAST_TILES = 3;

    public static final String LEVEL = "level";
    public static final String START = "start";

    /** What a tile says of its rows, those that count in no aggregate among them. */
    private static final Map<String, ValueType> OF_ROWS = ofRows();

    private TileStatements() {}

    private static Map<String, ValueType> ofRows() {
        var columns = new LinkedHashMap<String, ValueType>();
        columns.put("last_event", ScalarType.TIMESTAMP);
        columns.put("last_known", ScalarType.TIMESTAMP);
        columns.put("known_min", ScalarType.TIMESTAMP);
        columns.put("known_max", ScalarType.TIMESTAMP);
        columns.put("batch_min", ScalarType.INT64);
        columns.put("batch_max", ScalarType.INT64);
        return columns;
    }

    public static String table(RegisteredView view) {
        return Sql.qualified("offline", view.version().relation() + "__t");
    }

    /**
     * The levels of which tiles are stored, the finest first: none where windows are so short that their rows are as quickly read, and
     * no coarser than its windows can use.
     */
    public static List<TileLevel> levels(RegisteredView view) {
        long longest = view.aggregates().stream()
                .flatMap(aggregates -> aggregates.windows().stream())
                .mapToLong(Window::length)
                .max()
                .orElse(0);
        return STORED.stream()
                .filter(level -> longest >= LEAST_TILES * level.micros())
                .toList();
    }

    public static boolean hasTiles(RegisteredView view) {
        return !levels(view).isEmpty();
    }

    /** What functions that run with the rights of their callers read tiles by. */
    public static String view(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_t");
    }

    /** The same for the stretches in which there are all tiles: one row, {@code readable}. */
    public static String readable(RegisteredView view) {
        return Sql.qualified("features", view.version().relation() + "_c");
    }

    /**
     * The tiles of a level that stand in some stretches, a multirange.
     *
     * @param stretches an expression, such a multirange with bounds
     */
    public static String within(TileLevel level, String stretches) {
        return """
            coalesce((
                select range_agg(tstzrange(w.lower, w.upper))
                from (select %s as lower, %s as upper
                      from (select unnest(%s) as s offset 0) y) w
                where w.lower < w.upper), '{}')\
            """.formatted(ceiling(level, "lower(y.s)"), floor(level, "upper(y.s)"), stretches);
    }

    /** When the tile begins that a time is in; both are expressions. */
    static String floor(TileLevel level, String time) {
        return "date_bin(%s, %s, %s)".formatted(WindowBounds.interval(level.micros()), time, ORIGIN);
    }

    /** When the first tile begins that isn't before a time. */
    static String ceiling(TileLevel level, String time) {
        return floor(level, "%s + %s".formatted(time, WindowBounds.interval(level.micros() - 1)));
    }

    /** For a version that has aggregates: the table of its tiles and what functions read; for others nothing. */
    public static List<String> create(RegisteredView view) {
        return hasTiles(view) ? create(view, view.aggregates().orElseThrow()) : List.of();
    }

    private static List<String> create(RegisteredView view, ViewAggregates aggregates) {
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(quoted(key.name()) + " " + Sql.columnType(key.type()) + " not null"));
        columns.add("level smallint not null");
        columns.add("start timestamptz not null");
        OF_ROWS.forEach((name, type) -> columns.add(name + " " + Sql.columnType(type)));
        stateColumns(aggregates).forEach((name, type) -> columns.add(name + " " + columnType(type)));
        var place = new ArrayList<>(
                view.keys().stream().map(key -> quoted(key.name())).toList());
        place.addAll(List.of(LEVEL, START));
        return List.of(
                "create table %s (%s, primary key (%s))"
                        .formatted(table(view), Sql.commaSeparated(columns), Sql.commaSeparated(place)),
                "create index on %s using brin (event_timestamp) with (pages_per_range = 32, autosummarize = on)"
                        .formatted(OfflineNames.featureTable(view)),
                "insert into asof.tiled_view (view_id, relation) values (%s, %s)"
                        .formatted(view.id(), literal(view.version().relation())),
                "create view %s as select * from %s".formatted(view(view), table(view)),
                "create view %s as select readable from asof.tiled_view where view_id = %s"
                        .formatted(readable(view), view.id()));
    }

    private static String columnType(ValueType type) {
        return switch (type) {
            case ScalarType scalar -> Sql.columnType(scalar);
            case ListType list -> Sql.type(list) + (list.element() == ScalarType.STRING ? " collate \"C\"" : "");
        };
    }

    public static List<String> drop(RegisteredView view) {
        return hasTiles(view)
                ? List.of(
                        "drop view if exists " + view(view),
                        "drop view if exists " + readable(view),
                        "drop table if exists " + table(view),
                        "delete from asof.tiled_view where view_id = " + view.id())
                : List.of();
    }

    /** The columns of all states by their names, in order. */
    static Map<String, ValueType> stateColumns(ViewAggregates aggregates) {
        var columns = new LinkedHashMap<String, ValueType>();
        for (int cell = 0; cell < aggregates.cells().size(); cell++) {
            for (StateColumn column :
                    StateColumn.of(aggregates.cells().get(cell).kind())) {
                columns.put(column.part().of(cell), column.type());
            }
        }
        return columns;
    }

    /** All columns but the keys, by their bare names, in the order of the table. */
    public static List<String> columnsAfterKeys(ViewAggregates aggregates) {
        var names = new ArrayList<>(List.of(LEVEL, START));
        names.addAll(OF_ROWS.keySet());
        names.addAll(stateColumns(aggregates).keySet());
        return names;
    }
}
