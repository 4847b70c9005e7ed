package dev.asof.offline;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Asks Postgres again and again whether it answers, on a connection of its own. When it doesn't, the pool's connections
 * are broken off, so that whoever waits on one fails within a stated time. A limit on each statement could not do that:
 * a large COPY or join takes longer than anybody should wait for a Postgres that hangs.
 */
@Component
public class PostgresWatch implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String SOCKETS = "socketFactoryArg";

    /** SQL states of connections that could not be made, or broke. */
    private static final String CONNECTION = "08";

    private final DataSource dataSource;
    private final Duration silenceLimit;
    private volatile boolean silent;
    private volatile @Nullable Thread watching;

    PostgresWatch(DataSource dataSource, OfflineProperties properties) {
        this.dataSource = dataSource;
        this.silenceLimit = properties.silenceLimit();
    }

    /** @throws AsofException UNAVAILABLE while Postgres is known not to answer, so that nobody waits in vain */
    public void requireAnswer() {
        if (silent) {
            throw new AsofException(
                    ErrorCode.UNAVAILABLE, "The offline store is not answering; nothing was stored: try again");
        }
    }

    private void watch() {
        try (var probe = new Probe(ownersPool(), silenceLimit)) {
            while (watching == Thread.currentThread()) {
                note(probe.isAnswered(), probe.pool);
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            LOG.warn("The offline store is not watched: {}", e.getMessage());
        }
    }

    private void note(boolean answered, String pool) {
        if (answered && silent) {
            LOG.info("The offline store answers again");
        }
        silent = !answered;
        if (!answered && watching != null) {
            LOG.warn("The offline store does not answer: {} connections broken off", PostgresSockets.closeAll(pool));
        }
    }

    private HikariDataSource ownersPool() throws SQLException {
        return dataSource.unwrap(HikariDataSource.class);
    }

    /** A connection beside the pool, made again when it breaks. */
    private static final class Probe implements AutoCloseable {

        private final String url;
        private final Properties properties = new Properties();
        private final String pool;
        private @Nullable Connection connection;

        Probe(HikariDataSource source, Duration limit) {
            this.url = source.getJdbcUrl();
            this.pool = String.valueOf(source.getDataSourceProperties().get(SOCKETS));
            String seconds = Long.toString(Math.max(1, limit.toSeconds()));
            properties.putAll(source.getDataSourceProperties());
            properties.remove("socketFactory");
            properties.remove(SOCKETS);
            properties.setProperty("user", String.valueOf(source.getUsername()));
            properties.setProperty("password", String.valueOf(source.getPassword()));
            properties.setProperty("connectTimeout", seconds);
            properties.setProperty("loginTimeout", seconds);
            properties.setProperty("socketTimeout", seconds);
        }

        /** A refusal is an answer too. */
        boolean isAnswered() {
            try {
                var open = connection == null ? DriverManager.getConnection(url, properties) : connection;
                connection = open;
                try (var statement = open.createStatement()) {
                    statement.execute("select 1");
                }
                return true;
            } catch (SQLException e) {
                close();
                return e.getSQLState() != null && !e.getSQLState().startsWith(CONNECTION);
            }
        }

        @Override
        public void close() {
            var open = connection;
            connection = null;
            if (open != null) {
                try {
                    open.close();
                } catch (SQLException e) {
                    LOG.debug("A broken connection: {}", e.getMessage());
                }
            }
        }
    }

    /** A platform thread: the driver may hold its carrier while it waits. */
    @Override
    public void start() {
        var thread = Thread.ofPlatform().daemon().name("postgres-watch").unstarted(this::watch);
        watching = thread;
        thread.start();
    }

    @Override
    public void stop() {
        var thread = watching;
        watching = null;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return watching != null;
    }

    /** As long as anybody uses the pool. */
    @Override
    public int getPhase() {
        return 0;
    }
}
