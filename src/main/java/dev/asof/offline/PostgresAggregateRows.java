package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.transform.window.TilePlan;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.stereotype.Component;

/** The rows that count, by an index scan a key. */
@Component
class PostgresAggregateRows implements AggregateRows {

    private static final int FETCH_SIZE = 2_000;

    /** Keys of one statement. */
    private static final int KEYS_AT_ONCE = 2_000;

    private final NamedParameterJdbcTemplate jdbc;
    private final IntUnaryOperator worth;

    @Autowired
    PostgresAggregateRows(DataSource dataSource) {
        this(dataSource, PlannedTiles.WORTH);
    }

    /** @param worth of a key with more rows than a number of tiles is worth, tiles are read */
    PostgresAggregateRows(DataSource dataSource, IntUnaryOperator worth) {
        this.worth = worth;
        var template = new JdbcTemplate(dataSource);
        template.setFetchSize(FETCH_SIZE);
        this.jdbc = new NamedParameterJdbcTemplate(template);
    }

    @Override
    public void read(RegisteredView view, Collection<EntityKey> keys, Instant from, Instant asOf, Rows rows) {
        var statement = RowsOfKeys.all(view, from, asOf);
        inParts(keys, some -> query(statement.of(some), result -> statement.take(result, rows)));
    }

    @Override
    public void read(RegisteredView view, Collection<EntityKey> keys, TilePlan plan, Rows rows) {
        var statement = RowsOfKeys.few(view, plan, worth);
        var many = new ArrayList<EntityKey>();
        inParts(
                keys,
                some -> query(
                        statement.of(some),
                        result -> statement.take(result, rows).ifPresent(many::add)));
        if (!many.isEmpty()) {
            var tiled = new TiledRowsOfKeys(view, plan);
            jdbc.getJdbcTemplate().execute(TiledRowsOfKeys.SETTINGS);
            inParts(many, some -> query(tiled.of(some), result -> tiled.take(result, rows)));
        }
    }

    private void query(PreparedStatementCreator statement, RowCallbackHandler rows) {
        jdbc.getJdbcTemplate().query(statement, rows);
    }

    private static void inParts(Collection<EntityKey> keys, Consumer<List<EntityKey>> reading) {
        var all = List.copyOf(keys);
        for (int first = 0; first < all.size(); first += KEYS_AT_ONCE) {
            reading.accept(all.subList(first, Math.min(all.size(), first + KEYS_AT_ONCE)));
        }
    }

    private static String of(String alias, List<String> columns) {
        return columns.stream().map(column -> alias + "." + column).collect(Collectors.joining(", "));
    }

    @Override
    public List<EntityKey> keys(RegisteredView view, Optional<EntityKey> after, int limit) {
        if (view.keys().isEmpty()) {
            return after.isPresent() || limit < 1 || !hasRows(view) ? List.of() : List.of(EntityKey.global());
        }
        var parameters = new HashMap<String, Object>();
        parameters.put("limit", limit);
        var keys = view.keys().stream().map(key -> quoted(key.name())).toList();
        String step = "select %1$s from %2$s where %%s%3$s order by %1$s limit 1"
                .formatted(Sql.commaSeparated(keys), OfflineNames.featureTable(view), notNull(keys));
        String behindStart = after.map(key -> {
                    var values = key.values();
                    for (int i = 0; i < values.size(); i++) {
                        parameters.put("key_" + i, parameter(values.get(i)));
                    }
                    return behind(
                            keys,
                            IntStream.range(0, keys.size())
                                    .mapToObj(i -> ":key_" + i)
                                    .toList());
                })
                .orElse("");
        // From each key to the next by the index: a distinct would read all rows of every key.
        String sql = """
            with recursive found as (
                select 1 as number, first.* from (%1$s) first
                union all
                select found.number + 1, next.* from found cross join lateral (%2$s) next
                where found.number < :limit)
            select %3$s from found order by number
            """.formatted(
                        step.formatted(behindStart),
                        step.formatted(behind(
                                keys, keys.stream().map(key -> "found." + key).toList())),
                        Sql.commaSeparated(keys));
        return limit < 1 ? List.of() : jdbc.query(sql, parameters, (result, _) -> key(view, result));
    }

    private boolean hasRows(RegisteredView view) {
        return Boolean.TRUE.equals(jdbc.getJdbcTemplate()
                .queryForObject(
                        "select exists (select from %s)".formatted(OfflineNames.featureTable(view)), Boolean.class));
    }

    private static String behind(List<String> keys, List<String> values) {
        return "(%s) > (%s) and ".formatted(Sql.commaSeparated(keys), Sql.commaSeparated(values));
    }

    private static String notNull(List<String> keys) {
        return keys.stream().map(key -> key + " is not null").collect(Collectors.joining(" and "));
    }

    @Override
    public void touched(
            RegisteredView view,
            Collection<BatchId> batches,
            Optional<Instant> after,
            Instant until,
            Consumer<Touched> places) {
        if (batches.isEmpty()) {
            return;
        }
        var aggregates = view.aggregates().orElseThrow();
        var parameters = BatchFilter.parameters(batches);
        parameters.put("until", timestamp(until));
        after.ifPresent(bound -> parameters.put("after", timestamp(bound)));
        var columns = new ArrayList<String>();
        view.keys().forEach(key -> columns.add(quoted(key.name())));
        String bounds = columns.stream()
                        .map(key -> "t.%s is not null and ".formatted(key))
                        .collect(Collectors.joining())
                + "t.event_timestamp <= :until" + (after.isPresent() ? " and t.event_timestamp > :after" : "");
        columns.add(OfflineNames.EVENT_TIMESTAMP);
        String ofBatches = "select %s, t.deleted from %s t where %s and %s"
                .formatted(of("t", columns), OfflineNames.featureTable(view), BatchFilter.CONDITION, bounds);
        String sql = aggregates.rowId().isEmpty()
                ? ofBatches
                : ofBatches + "\nunion all\n" + replaced(view, aggregates, columns, bounds);
        boolean cuts = aggregates.rowId().isEmpty();
        jdbc.query(sql, parameters, result -> {
            places.accept(new Touched(
                    key(view, result),
                    ResultValues.instant(result, columns.size()),
                    cuts && result.getBoolean(columns.size() + 1)));
        });
    }

    /** Of the earlier rows of an id only the last one counted; where that is of these batches too, it has its own. */
    private static String replaced(
            RegisteredView view, ViewAggregates aggregates, List<String> columns, String bounds) {
        String table = OfflineNames.featureTable(view);
        String sameId = OfflineNames.rowId(aggregates).stream()
                .map(column -> "earlier.%1$s = n.%1$s and ".formatted(column))
                .collect(Collectors.joining());
        return """
            select %s, false
            from (select * from %s where %s) n
            cross join lateral (
                select earlier.* from %s earlier
                where %searlier.row_sequence < n.row_sequence
                order by earlier.row_sequence desc
                limit 1) t
            where %s
            """.formatted(of("t", columns), table, BatchFilter.CONDITION, table, sameId, bounds);
    }

    private static EntityKey key(RegisteredView view, ResultSet result) throws SQLException {
        var values = new ArrayList<Object>();
        for (int i = 0; i < view.keys().size(); i++) {
            values.add(Objects.requireNonNull(
                    ResultValues.read(result, i + 1, view.keys().get(i).type())));
        }
        return Objects.requireNonNull(EntityKey.of(values));
    }

    private static Object parameter(Object key) {
        return key instanceof Instant instant ? timestamp(instant) : key;
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
