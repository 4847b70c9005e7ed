package dev.asof.offline;

import static dev.asof.postgres.Sql.quoted;

import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.Timestamps;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The keys that a statement is about, as a relation {@code k}, and between which times. */
record AskedKeys(RegisteredView view) {

    /** The keys that are asked for; of a global view the only one there is. */
    String relation() {
        int keys = view.keys().size();
        return keys == 0
                ? "(select) k"
                : "unnest(%s) as k (%s)"
                        .formatted(
                                view.keys().stream()
                                        .map(key -> "?::%s[]".formatted(Sql.type(key.type())))
                                        .collect(Collectors.joining(", ")),
                                IntStream.range(0, keys)
                                        .mapToObj(i -> "key_" + i)
                                        .collect(Collectors.joining(", ")));
    }

    /** The condition that the rows with an alias have the key; ends with {@code and}. */
    String match(String alias) {
        return IntStream.range(0, view.keys().size())
                .mapToObj(i -> "%s.%s = k.key_%s and "
                        .formatted(alias, quoted(view.keys().get(i).name()), i))
                .collect(Collectors.joining());
    }

    /** Sets the parameters of the relation, the first of which has a number. */
    void set(PreparedStatement statement, Connection connection, int first, List<EntityKey> keys) throws SQLException {
        var values = keys.stream().map(EntityKey::values).toList();
        for (int i = 0; i < view.keys().size(); i++) {
            int column = i;
            var ofColumn = values.stream().map(value -> value.get(column)).toList();
            statement.setArray(
                    first + i, NewestByKey.array(connection, view.keys().get(i).type(), ofColumn));
        }
    }

    static void setTime(PreparedStatement statement, int parameter, Instant time) throws SQLException {
        statement.setObject(
                parameter, (time.isBefore(Timestamps.MIN) ? Timestamps.MIN : time).atOffset(ZoneOffset.UTC));
    }
}
