package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.offline.schema.OfflineNames;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/** Reads the newest rows of some keys: what a lookup would find online. */
public final class NewestByKey {

    private final JdbcTemplate jdbc;

    /** @param dataSource whose connections and time limits are used */
    public NewestByKey(DataSource dataSource) {
        this.jdbc = new JdbcTemplate(dataSource);
    }

    /**
     * The newest row of each key by rule A1 at an instant, without the TTL, rows that delete their key included; by an
     * index scan a key.
     *
     * @return in the order of the keys, empty where there is none
     * @throws org.springframework.dao.DataAccessException when Postgres can't answer
     */
    public List<Optional<FeatureRow>> read(RegisteredView view, List<EntityKey> keys, Instant asOf) {
        var rows = new ArrayList<>(Collections.nCopies(keys.size(), Optional.<FeatureRow>empty()));
        var reader = FeatureRows.of(view);
        jdbc.query(connection -> statement(connection, view, keys, asOf), result -> {
            rows.set(result.getInt(1) - 1, Optional.of(reader.read(result, 2)));
        });
        return rows;
    }

    private static PreparedStatement statement(
            Connection connection, RegisteredView view, List<EntityKey> keys, Instant asOf) throws SQLException {
        var statement = connection.prepareStatement(sql(view));
        var values = keys.stream().map(EntityKey::values).toList();
        int parameter = 1;
        for (RegisteredView.Key key : view.keys()) {
            int column = parameter - 1;
            var ofColumn = values.stream().map(value -> value.get(column)).toList();
            statement.setArray(parameter++, array(connection, key.type(), ofColumn));
        }
        statement.setObject(parameter, asOf.atOffset(ZoneOffset.UTC));
        return statement;
    }

    /** Parts of keys as an array; none is null. */
    static Array array(Connection connection, ScalarType type, List<Object> keys) throws SQLException {
        Object[] elements = keys.stream()
                .map(NewestByKey::parameter)
                .toArray(type == ScalarType.BYTES ? byte[][]::new : Object[]::new);
        return connection.createArrayOf(Sql.type(type), elements);
    }

    private static Object parameter(Object key) {
        return key instanceof Instant instant ? Timestamps.format(instant) : key;
    }

    private static String sql(RegisteredView view) {
        List<RegisteredView.Key> keys = view.keys();
        String asked = keys.isEmpty()
                ? "(values (1)) as k (ordinal)"
                : "unnest(%s) with ordinality as k (%s, ordinal)"
                        .formatted(
                                keys.stream()
                                        .map(key -> "?::%s[]".formatted(Sql.type(key.type())))
                                        .collect(Collectors.joining(", ")),
                                Sql.commaSeparated(IntStream.range(0, keys.size())
                                        .mapToObj(NewestByKey::name)
                                        .toList()));
        String matches = IntStream.range(0, keys.size())
                .mapToObj(i -> "t.%s = k.%s and ".formatted(quoted(keys.get(i).name()), name(i)))
                .collect(Collectors.joining());
        return """
            select k.ordinal, newest.* from %s
            cross join lateral (
                select %s from %s t
                where %st.event_timestamp <= ?
                order by t.event_timestamp desc, t.row_sequence desc
                limit 1) newest
            """.formatted(
                asked, Sql.commaSeparated(FeatureRows.of(view).columns()), OfflineNames.featureTable(view), matches);
    }

    private static String name(int key) {
        return "key_" + key;
    }
}
