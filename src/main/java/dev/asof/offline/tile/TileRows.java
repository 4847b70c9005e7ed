package dev.asof.offline.tile;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TileStatements;
import dev.asof.postgres.PostgresArrays;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of a view version's table into tiles: all that stand in a tile, and which of them count there (rule W4). Whether a
 * tombstone without row id comes after them is for readers to see.
 */
final class TileRows {

    private static final String COLUMNS = "r.event_timestamp, r.row_sequence, r.batch_id, r.known_timestamp, r.deleted";

    private final RegisteredView view;
    private final ViewAggregates aggregates;
    private final List<ScalarType> keptTypes;

    TileRows(RegisteredView view, ViewAggregates aggregates) {
        this.view = view;
        this.aggregates = aggregates;
        this.keptTypes = aggregates.inputs().stream().map(input -> input.type()).toList();
    }

    /** Says in which tile a row stands. */
    @FunctionalInterface
    interface Tiles {
        TileState at(long eventMicros);
    }

    /** Which rows of keys are in some places, with the place's ordinal. */
    String ofPlacesSql() {
        return """
            select k.ordinal, %s from %s
            join %s r on %sr.event_timestamp >= k.lower and r.event_timestamp < k.upper%s
            """.formatted(
                        columns(),
                        asked(view, List.of("lower", "upper")),
                        OfflineNames.featureTable(view),
                        keysMatch(view, "r"),
                        replacing());
    }

    /** All rows with a key in a stretch, by key. */
    String ofStretchSql() {
        var order = view.keys().stream().map(key -> "r." + quoted(key.name())).toList();
        var hasKey = view.rowId().isEmpty()
                ? ""
                : order.stream().map(key -> " and " + key + " is not null").collect(Collectors.joining());
        return "select %s%s from %s r%s where r.event_timestamp >= ? and r.event_timestamp < ?%s%s"
                .formatted(
                        order.stream().map(key -> key + ", ").collect(Collectors.joining()),
                        columns(),
                        OfflineNames.featureTable(view),
                        replacing(),
                        hasKey,
                        order.isEmpty() ? "" : " order by " + Sql.commaSeparated(order));
    }

    private String columns() {
        var columns = new ArrayList<>(List.of(COLUMNS));
        if (!view.rowId().isEmpty()) {
            columns.add("s.batch_id, s.known_timestamp");
        }
        for (int i = 0; i < aggregates.inputs().size(); i++) {
            columns.add("r." + OfflineNames.input(i));
        }
        return Sql.commaSeparated(columns);
    }

    /** The row that took a row's place last. */
    private String replacing() {
        if (view.rowId().isEmpty()) {
            return "";
        }
        String sameId = OfflineNames.rowId(aggregates).stream()
                .map(column -> "s.%1$s = r.%1$s and ".formatted(column))
                .collect(Collectors.joining());
        return """

            left join lateral (
                select s.batch_id, s.known_timestamp from %s s
                where %ss.row_sequence > r.row_sequence
                order by s.row_sequence desc limit 1) s on true\
            """.formatted(OfflineNames.featureTable(view), sameId);
    }

    /** The places that are asked for as a relation {@code k}: keys by their names, {@code ordinal}, and arrays of timestamps or numbers. */
    static String asked(RegisteredView view, List<String> others) {
        var names = new ArrayList<>(
                view.keys().stream().map(key -> quoted(key.name())).toList());
        var types = new ArrayList<>(
                view.keys().stream().map(key -> Sql.type(key.type())).toList());
        others.forEach(name -> {
            names.add(name);
            types.add(name.equals(TileStatements.LEVEL) ? "smallint" : "timestamptz");
        });
        return "unnest(%s) with ordinality as k (%s, ordinal)"
                .formatted(
                        types.stream().map(type -> "?::" + type + "[]").collect(Collectors.joining(", ")),
                        Sql.commaSeparated(names));
    }

    static String keysMatch(RegisteredView view, String relation) {
        return view.keys().stream()
                .map(key -> "%s.%s = k.%s and ".formatted(relation, quoted(key.name()), quoted(key.name())))
                .collect(Collectors.joining());
    }

    /** Sets the keys of places as the first parameters. */
    static int setKeys(PreparedStatement statement, Connection connection, RegisteredView view, List<Place> places)
            throws SQLException {
        var values = places.stream().map(place -> place.key().values()).toList();
        for (int i = 0; i < view.keys().size(); i++) {
            int column = i;
            statement.setArray(
                    i + 1,
                    PostgresArrays.of(
                            connection,
                            view.keys().get(i).type(),
                            values.stream().map(value -> value.get(column)).toList()));
        }
        return view.keys().size() + 1;
    }

    /** Reads a row of either statement into its tile. */
    void take(ResultSet result, int column, Tiles tiles) throws SQLException {
        int next = column;
        long event = Timestamps.toMicros(ResultValues.instant(result, next++));
        long sequence = result.getLong(next++);
        long batch = result.getLong(next++);
        long known = Timestamps.toMicros(ResultValues.instant(result, next++));
        boolean counts = !result.getBoolean(next++);
        TileState tile = tiles.at(event);
        tile.see(known, batch);
        if (!view.rowId().isEmpty()) {
            long replacedBy = result.getLong(next++);
            if (!result.wasNull()) {
                tile.see(Timestamps.toMicros(ResultValues.instant(result, next)), replacedBy);
                counts = false;
            }
            next++;
        }
        if (counts) {
            tile.count(kept(result, next), event, sequence, known);
        }
    }

    private @Nullable Object[] kept(ResultSet result, int column) throws SQLException {
        var kept = new @Nullable Object[keptTypes.size()];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = ResultValues.read(result, column + i, keptTypes.get(i));
        }
        return kept;
    }

    /** The key that a row of the second statement begins with. */
    EntityKey key(ResultSet result) throws SQLException {
        var values = new ArrayList<Object>();
        for (int i = 0; i < view.keys().size(); i++) {
            values.add(Objects.requireNonNull(
                    ResultValues.read(result, i + 1, view.keys().get(i).type())));
        }
        return Objects.requireNonNull(EntityKey.of(values));
    }
}
