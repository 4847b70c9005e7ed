package dev.asof.offline.tile;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.schema.TileStatements;
import dev.asof.postgres.PostgresArrays;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.EntityKey;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Keeps tiles true: whoever adds rows to the table of a view version recomputes the tiles in which they stand, and those of the rows
 * that they replace, in the same transaction; or says of the stretches of time that their tiles can't be relied on.
 *
 * <p>Tiles are locked in their order by one statement and recomputed by the next ones, which see all that was committed by whoever
 * had them locked before.
 */
@Component
public class StoredTiles {

    private static final int FETCH_SIZE = 2_000;
    private static final int ROW_IDS_AT_ONCE = 1_000;

    private final Coverage coverage;
    private final JdbcTemplate jdbc;
    private final TileMetrics metrics;

    StoredTiles(Coverage coverage, DataSource dataSource, TileMetrics metrics) {
        this.coverage = coverage;
        this.jdbc = new JdbcTemplate(dataSource);
        this.jdbc.setFetchSize(FETCH_SIZE);
        this.metrics = metrics;
    }

    /** The last thing in a transaction that adds rows: from here on to its end others may wait for it. */
    public void keep(Collection<TouchedTiles> touched) {
        touched.stream()
                .filter(ofView -> !ofView.isEmpty())
                .sorted(Comparator.comparingLong(ofView -> ofView.view().id()))
                .forEach(this::keep);
    }

    private void keep(TouchedTiles touched) {
        RegisteredView view = touched.view();
        if (touched.isMany()) {
            coverage.keepAlone(view);
            // which rows they replace, and where these stand, would take long to find out
            var gone = view.rowId().isEmpty()
                    ? touched.stretches()
                    : coverage.read(view).maintained();
            coverage.giveUp(view, gone);
            return;
        }
        var state = coverage.share(view);
        if (!state.maintained().isEmpty()) {
            new Recomputation(view, view.aggregates().orElseThrow(), state).of(touched);
        }
    }

    /** What one transaction recomputes of one view version. */
    private final class Recomputation {

        private final RegisteredView view;
        private final ViewAggregates aggregates;
        private final Coverage.State state;
        private final TileRows rows;
        private final TileStore store;
        private final List<TileLevel> levels;
        private final Map<Place, TileState> tiles = new HashMap<>();

        private Recomputation(RegisteredView view, ViewAggregates aggregates, Coverage.State state) {
            this.view = view;
            this.aggregates = aggregates;
            this.state = state;
            this.rows = new TileRows(view, aggregates);
            this.store = new TileStore(view, aggregates);
            this.levels = TileStatements.levels(view);
        }

        private void of(TouchedTiles touched) {
            var places = new TreeSet<Place>();
            touched.hours().forEach(hour -> addWithCoarser(hour, places));
            addReplaced(touched.rowIds(), places);
            if (places.isEmpty()) {
                return;
            }
            lock(places);
            places.forEach(place -> tiles.put(place, new TileState(aggregates)));
            readRows(places.stream().filter(place -> !hasChildren(place)).toList());
            for (TileLevel level : levels) {
                mergeChildren(places.stream()
                        .filter(place -> place.level() == level && hasChildren(place))
                        .toList());
            }
            write(places);
            metrics.recomputed(places);
        }

        private void addWithCoarser(Place hour, Collection<Place> places) {
            for (TileLevel level : levels) {
                if (state.maintained().containsTile(level, hour.start())) {
                    places.add(Place.of(hour.key(), level, hour.start()));
                }
            }
        }

        /** Whether all the finer tiles that a tile is made of are there. */
        private boolean hasChildren(Place place) {
            return place.level() != levels.getFirst() && state.readable().contains(place.start(), place.until());
        }

        private TileLevel finer(TileLevel level) {
            return levels.get(levels.indexOf(level) - 1);
        }

        /** Where all rows of some ids stand: these are few, but for an id that is corrected again and again. */
        private void addReplaced(List<@Nullable Object[]> rowIds, Collection<Place> places) {
            for (int first = 0; first < rowIds.size(); first += ROW_IDS_AT_ONCE) {
                var some = rowIds.subList(first, Math.min(rowIds.size(), first + ROW_IDS_AT_ONCE));
                jdbc.query(connection -> ofRowIds(connection, some), result -> {
                    var values = new ArrayList<@Nullable Object>();
                    for (int i = 0; i < view.keys().size(); i++) {
                        values.add(ResultValues.read(
                                result, i + 1, view.keys().get(i).type()));
                    }
                    EntityKey key = EntityKey.of(values);
                    if (key != null) {
                        long event = Timestamps.toMicros(ResultValues.instant(result, values.size() + 1));
                        addWithCoarser(Place.of(key, TileLevel.HOUR, event), places);
                    }
                });
            }
        }

        private PreparedStatement ofRowIds(Connection connection, List<@Nullable Object[]> rowIds) throws SQLException {
            var names = OfflineNames.rowId(aggregates);
            String sql = "select %sr.event_timestamp from unnest(%s) as k (%s) join %s r on %s"
                    .formatted(
                            view.keys().stream()
                                    .map(key -> "r." + quoted(key.name()) + ", ")
                                    .collect(Collectors.joining()),
                            view.rowId().stream()
                                    .map(id -> "?::" + Sql.type(id.type()) + "[]")
                                    .collect(Collectors.joining(", ")),
                            Sql.commaSeparated(names),
                            OfflineNames.featureTable(view),
                            names.stream()
                                    .map(name -> "r.%1$s = k.%1$s".formatted(name))
                                    .collect(Collectors.joining(" and ")));
            var statement = connection.prepareStatement(sql);
            for (int i = 0; i < names.size(); i++) {
                int column = i;
                statement.setArray(
                        i + 1,
                        PostgresArrays.of(
                                connection,
                                view.rowId().get(i).type(),
                                rowIds.stream().map(id -> id[column]).toList()));
            }
            return statement;
        }

        /** Makes those that aren't there, so that there is something to lock. */
        private void lock(Collection<Place> places) {
            String place = keys("") + "level, start";
            String sql =
                    """
                    insert into %1$s (%2$s)
                    select %3$s from %4$s order by k.ordinal
                    on conflict (%2$s) do update set level = excluded.level
                    """.formatted(TileStatements.table(view), place, keys("k.") + "k.level, k.start", askedPlaces());
            jdbc.update(connection -> atPlaces(connection, sql, List.copyOf(places)));
        }

        private String keys(String prefix) {
            return view.keys().stream()
                    .map(key -> prefix + quoted(key.name()) + ", ")
                    .collect(Collectors.joining());
        }

        private String askedPlaces() {
            return TileRows.asked(view, List.of(TileStatements.LEVEL, TileStatements.START));
        }

        private PreparedStatement atPlaces(Connection connection, String sql, List<Place> places) throws SQLException {
            var statement = connection.prepareStatement(sql);
            int parameter = TileRows.setKeys(statement, connection, view, places);
            statement.setArray(
                    parameter++,
                    connection.createArrayOf(
                            "smallint",
                            places.stream()
                                    .map(place -> place.level().ordinal())
                                    .toArray()));
            statement.setArray(
                    parameter,
                    PostgresArrays.ofMicros(
                            connection, places.stream().map(Place::start).toList()));
            return statement;
        }

        private PreparedStatement inPlaces(Connection connection, String sql, List<Place> places) throws SQLException {
            var statement = connection.prepareStatement(sql);
            int parameter = TileRows.setKeys(statement, connection, view, places);
            statement.setArray(
                    parameter++,
                    PostgresArrays.ofMicros(
                            connection, places.stream().map(Place::start).toList()));
            statement.setArray(
                    parameter,
                    PostgresArrays.ofMicros(
                            connection, places.stream().map(Place::until).toList()));
            return statement;
        }

        private void readRows(List<Place> places) {
            jdbc.query(connection -> inPlaces(connection, rows.ofPlacesSql(), places), result -> {
                int ordinal = result.getInt(1);
                rows.take(result, 2, _ -> tile(places.get(ordinal - 1)));
            });
        }

        private TileState tile(Place place) {
            return java.util.Objects.requireNonNull(tiles.get(place));
        }

        private void mergeChildren(List<Place> places) {
            if (places.isEmpty()) {
                return;
            }
            TileLevel level = finer(places.getFirst().level());
            String sql = """
                select k.ordinal, t.start, %s from %s
                join %s t on %st.level = %s and t.start >= k.lower and t.start < k.upper
                """.formatted(
                            store.columns("t"),
                            TileRows.asked(view, List.of("lower", "upper")),
                            TileStatements.table(view),
                            TileRows.keysMatch(view, "t"),
                            level.ordinal());
            jdbc.query(connection -> inPlaces(connection, sql, places), result -> {
                Place place = places.get(result.getInt(1) - 1);
                var child = new Place(place.key(), level, Timestamps.toMicros(ResultValues.instant(result, 2)));
                if (!tiles.containsKey(child)) {
                    tile(place).merge(store.read(result, 3));
                }
            });
            tiles.forEach((child, tile) -> {
                if (child.level() == level) {
                    var parent =
                            tiles.get(Place.of(child.key(), places.getFirst().level(), child.start()));
                    if (parent != null
                            && hasChildren(
                                    Place.of(child.key(), places.getFirst().level(), child.start()))) {
                        parent.merge(tile);
                    }
                }
            });
        }

        private void write(Collection<Place> places) {
            String sql = "delete from %s t using %s where %st.level = k.level and t.start = k.start"
                    .formatted(TileStatements.table(view), askedPlaces(), TileRows.keysMatch(view, "t"));
            jdbc.update(connection -> atPlaces(connection, sql, List.copyOf(places)));
            RowBuffer buffer = store.buffer(TileStatements.table(view));
            places.forEach(place -> store.append(buffer, place, tile(place)));
            copy(buffer);
        }

        private void copy(RowBuffer buffer) {
            jdbc.execute((Connection connection) -> {
                RowCopier.copy(buffer, connection);
                return buffer.rows();
            });
        }
    }
}
