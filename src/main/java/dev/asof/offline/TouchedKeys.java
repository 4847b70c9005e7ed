package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.stereotype.Component;

/**
 * What has to be known of keys of views with aggregates to bring them online, beside their rows: which ones rows that are at
 * hand took other rows from (rule W4), and what is left out of them because its time has not come (T2). Everything runs in the
 * caller's transaction, if there is one.
 */
@Component
public class TouchedKeys {

    private final JdbcTemplate jdbc;

    TouchedKeys(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
    }

    /**
     * What tells a row from others, and its place among those of the same id.
     *
     * @param id values of {@link RegisteredView#rowId()}, none of them null
     */
    public record RowId(List<Object> id, long rowSequence) {

        /** Empty for a row that is an event of its own: one of a view without ids, or with a null in its id. */
        public static Optional<RowId> of(FeatureRow row, ViewAggregates aggregates) {
            int from = aggregates.inputs().size();
            @Nullable Object[] kept = row.kept();
            if (from == kept.length) {
                return Optional.empty();
            }
            var id = new ArrayList<Object>(kept.length - from);
            for (int i = from; i < kept.length; i++) {
                Object value = kept[i];
                if (value == null) {
                    return Optional.empty();
                }
                id.add(value);
            }
            return Optional.of(new RowId(id, row.rowSequence()));
        }
    }

    /**
     * Gives the keys of the rows that some rows took the place of. Each row replaces the one of its id that was accepted last
     * before it: the earlier ones had been replaced before.
     */
    public void replaced(RegisteredView view, List<RowId> rows, Consumer<EntityKey> keys) {
        if (rows.isEmpty()) {
            return;
        }
        List<RegisteredView.Key> columns = view.rowId();
        String sql = """
            select older.* from unnest(%s, ?::bigint[]) as own (%s, row_sequence)
            cross join lateral (%s) older
            """.formatted(
                        columns.stream()
                                .map(column -> "?::%s[]".formatted(Sql.type(column.type())))
                                .collect(Collectors.joining(", ")),
                        Sql.commaSeparated(OfflineNames.rowId(view.aggregates().orElseThrow())),
                        replacedBy(view));
        PreparedStatementCreator statement = connection -> {
            var prepared = connection.prepareStatement(sql);
            for (int i = 0; i < columns.size(); i++) {
                int column = i;
                prepared.setArray(
                        i + 1,
                        NewestByKey.array(
                                connection,
                                columns.get(i).type(),
                                rows.stream().map(row -> row.id().get(column)).toList()));
            }
            prepared.setArray(
                    columns.size() + 1,
                    NewestByKey.array(
                            connection,
                            ScalarType.INT64,
                            rows.stream().<Object>map(RowId::rowSequence).toList()));
            return prepared;
        };
        jdbc.query(statement, result -> {
            accept(view, result, keys);
        });
    }

    /** The key of the row that {@code own} took the place of. */
    private static String replacedBy(RegisteredView view) {
        return "select %s from %s t where %s and t.row_sequence < own.row_sequence order by t.row_sequence desc limit 1"
                .formatted(
                        keys(view, "t."),
                        OfflineNames.featureTable(view),
                        OfflineNames.rowId(view.aggregates().orElseThrow()).stream()
                                .map(column -> "t.%1$s = own.%1$s".formatted(column))
                                .collect(Collectors.joining(" and ")));
    }

    /** For some keys, the batches that hold rows of events after an instant, and the first such event of each. */
    public Map<BatchId, Instant> ahead(RegisteredView view, List<EntityKey> keys, Instant asOf) {
        List<RegisteredView.Key> columns = view.keys();
        String asked = columns.isEmpty()
                ? "(values (1)) as k (one)"
                : "unnest(%s) as k (%s)"
                        .formatted(
                                columns.stream()
                                        .map(key -> "?::%s[]".formatted(Sql.type(key.type())))
                                        .collect(Collectors.joining(", ")),
                                keys(view, ""));
        String matches = columns.stream()
                .map(key -> "t.%1$s = k.%1$s and ".formatted(quoted(key.name())))
                .collect(Collectors.joining());
        // By the index, key by key: joined otherwise, the whole table is read for what few keys have of the future.
        String sql = """
            select ahead.batch_id, min(ahead.event_timestamp) from %s
            cross join lateral (
                select t.batch_id, t.event_timestamp from %s t where %st.event_timestamp > ?
                order by t.event_timestamp desc, t.row_sequence desc offset 0) ahead
            group by ahead.batch_id
            """.formatted(asked, OfflineNames.featureTable(view), matches);
        PreparedStatementCreator statement = connection -> {
            var prepared = connection.prepareStatement(sql);
            setKeys(prepared, connection, columns, keys);
            prepared.setObject(columns.size() + 1, timestamp(asOf));
            return prepared;
        };
        var first = new HashMap<BatchId, Instant>();
        jdbc.query(statement, result -> {
            first.put(new BatchId(result.getLong(1)), ResultValues.instant(result, 2));
        });
        return first;
    }

    private static void setKeys(
            PreparedStatement statement, Connection connection, List<RegisteredView.Key> columns, List<EntityKey> keys)
            throws SQLException {
        var values = keys.stream().map(EntityKey::values).toList();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            statement.setArray(
                    i + 1,
                    NewestByKey.array(
                            connection,
                            columns.get(i).type(),
                            values.stream().map(value -> value.get(column)).toList()));
        }
    }

    private static void accept(RegisteredView view, ResultSet result, Consumer<EntityKey> keys) throws SQLException {
        var values = new ArrayList<Object>();
        for (int i = 0; i < view.keys().size(); i++) {
            Object value = ResultValues.read(result, i + 1, view.keys().get(i).type());
            if (value == null) {
                return;
            }
            values.add(value);
        }
        EntityKey key = EntityKey.of(values);
        if (key != null) {
            keys.accept(key);
        }
    }

    /** At least something to select, where there is but one key. */
    private static String keys(RegisteredView view, String prefix) {
        return view.keys().isEmpty()
                ? "true"
                : view.keys().stream().map(key -> prefix + quoted(key.name())).collect(Collectors.joining(", "));
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
