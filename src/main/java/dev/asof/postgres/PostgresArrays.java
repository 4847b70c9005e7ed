package dev.asof.postgres;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of values as parameters of statements. */
public final class PostgresArrays {

    private PostgresArrays() {}

    /** Values of the class that the type has. */
    public static Array of(Connection connection, ScalarType type, List<? extends @Nullable Object> values)
            throws SQLException {
        Object[] elements = values.stream()
                .map(PostgresArrays::parameter)
                .toArray(type == ScalarType.BYTES ? byte[][]::new : Object[]::new);
        return connection.createArrayOf(Sql.type(type), elements);
    }

    private static @Nullable Object parameter(@Nullable Object value) {
        return value instanceof Instant instant ? Timestamps.format(instant) : value;
    }

    /** Instants in microseconds since 1970. */
    public static Array ofMicros(Connection connection, List<Long> micros) throws SQLException {
        return of(
                connection,
                ScalarType.TIMESTAMP,
                micros.stream().map(Timestamps::ofMicros).toList());
    }
}
