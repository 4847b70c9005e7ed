package dev.asof.online.lookup;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.asof.offline.NewestByKey;
import dev.asof.online.OnlineProperties;
import dev.asof.online.row.RowAddress;
import dev.asof.online.row.RowCodec;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityKey;
import dev.asof.shared.ErrorCode;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Reads rows for lookups from the offline store, packed as they would stand in Redis, so that the answer is made in the
 * same way. By a small pool of its own: lookups that come here at the pace of Redis take no connection from those who
 * write.
 */
@Component
final class PostgresRows implements AutoCloseable {

    /** The least that the pool takes. */
    private static final long LEAST_WAIT_MILLIS = 250;

    private final HikariDataSource pool;
    private final NewestByKey newest;
    private final PostgresKeys keys;
    private final Duration timeout;

    PostgresRows(DataSource dataSource, OnlineProperties properties) {
        this.timeout = properties.fallback().timeout();
        this.pool = pool(dataSource, properties.fallback());
        this.newest = new NewestByKey(pool);
        this.keys = new PostgresKeys(pool);
    }

    /** As the server's own, but small and quick to give up. One connection is there before it is needed. */
    private static HikariDataSource pool(DataSource dataSource, OnlineProperties.Fallback fallback) {
        long timeout = fallback.timeout().toMillis();
        var config = new HikariConfig();
        try {
            dataSource.unwrap(HikariDataSource.class).copyStateTo(config);
        } catch (SQLException e) {
            throw new IllegalStateException("The server's own pool is not Hikari's", e);
        }
        config.setPoolName("lookups-without-redis");
        config.setMaximumPoolSize(fallback.connections());
        config.setMinimumIdle(1);
        config.setInitializationFailTimeout(-1);
        config.setConnectionTimeout(Math.max(LEAST_WAIT_MILLIS, timeout / 2));
        config.setValidationTimeout(config.getConnectionTimeout());
        config.setReadOnly(true);
        config.setConnectionInitSql("set statement_timeout = %s; set timezone = 'UTC'".formatted(timeout / 2));
        // in seconds: for a Postgres that hangs, which ends no statement by itself
        config.addDataSourceProperty(
                "socketTimeout", Math.max(1, fallback.timeout().toSeconds()));
        config.addDataSourceProperty("connectTimeout", 1);
        return new HikariDataSource(config);
    }

    /**
     * Rows in the order of their addresses, null where there is none.
     *
     * @throws AsofException UNAVAILABLE when Postgres is away, or more is asked of it than it can answer in time
     */
    List<byte @Nullable []> read(List<RowAddress> addresses, Instant asOf) {
        long end = System.nanoTime() + timeout.toNanos();
        long lastStart = end - timeout.toNanos() / 2;
        var rows = new byte[addresses.size()] @Nullable [];
        var positions = new LinkedHashMap<Long, List<Integer>>();
        for (int i = 0; i < addresses.size(); i++) {
            positions
                    .computeIfAbsent(addresses.get(i).view().id(), _ -> new ArrayList<>())
                    .add(i);
        }
        for (List<Integer> ofView : positions.values()) {
            if (System.nanoTime() > lastStart) {
                throw overloaded(null);
            }
            var view = addresses.get(ofView.getFirst()).view();
            var found =
                    read(view, ofView.stream().map(i -> addresses.get(i).key()).toList(), asOf, end);
            for (int i = 0; i < ofView.size(); i++) {
                rows[ofView.get(i)] = found.get(i);
            }
        }
        return Arrays.asList(rows);
    }

    private List<byte @Nullable []> read(RegisteredView view, List<EntityKey> asked, Instant asOf, long end) {
        try {
            return view.hasAggregates()
                    ? keys.read(view, asked, asOf, end)
                    : newest.read(view, asked, asOf).stream()
                            .<byte @Nullable []>map(row ->
                                    row.map(found -> RowCodec.pack(view, found)).orElse(null))
                            .toList();
        } catch (DataAccessException | TransactionException e) {
            throw overloaded(e);
        }
    }

    /** The pool of its own. */
    DataSource dataSource() {
        return pool;
    }

    static AsofException overloaded(@Nullable Throwable cause) {
        String detail = "The online store is away, and the offline store can't answer for it in time; try again";
        return cause == null
                ? new AsofException(ErrorCode.UNAVAILABLE, detail)
                : new AsofException(ErrorCode.UNAVAILABLE, detail, cause);
    }

    @Override
    public void close() {
        pool.close();
    }
}
