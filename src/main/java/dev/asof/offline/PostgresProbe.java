package dev.asof.offline;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Knows whether Postgres answers, so that whoever asks need not wait for a Postgres that hangs. It has a connection of
 * its own: a pool that is busy is no sign that Postgres is away.
 */
@Component
public class PostgresProbe implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresProbe.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int TIMEOUT_SECONDS = 2;
    private static final long STALE_NANOS = Duration.ofSeconds(5).toNanos();

    private final JdbcConnectionDetails details;
    private volatile long answeredAt = System.nanoTime();
    private volatile boolean answers = true;
    private volatile @Nullable Thread probing;

    PostgresProbe(JdbcConnectionDetails details) {
        this.details = details;
    }

    /** Whether it answered lately; never waits. */
    public boolean answers() {
        return answers && System.nanoTime() - answeredAt < STALE_NANOS;
    }

    @Override
    public void start() {
        var thread = Thread.ofPlatform().name("postgres-probe").daemon().unstarted(this::probe);
        probing = thread;
        answeredAt = System.nanoTime();
        thread.start();
    }

    private void probe() {
        while (probing == Thread.currentThread()) {
            try (var connection = connect()) {
                probe(connection);
            } catch (SQLException e) {
                saw(false);
                LOG.debug("Postgres does not answer: {}", e.getMessage());
                pause();
            }
        }
    }

    private void probe(Connection connection) throws SQLException {
        while (probing == Thread.currentThread()) {
            if (!connection.isValid(TIMEOUT_SECONDS)) {
                throw new SQLException("no answer within %d s".formatted(TIMEOUT_SECONDS));
            }
            saw(true);
            pause();
        }
    }

    private void saw(boolean answer) {
        if (answer != answers && probing == Thread.currentThread()) {
            LOG.warn(answer ? "Postgres answers again" : "Postgres does not answer");
        }
        answers = answer;
        if (answer) {
            answeredAt = System.nanoTime();
        }
    }

    private Connection connect() throws SQLException {
        var properties = new Properties();
        put(properties, "user", details.getUsername());
        put(properties, "password", details.getPassword());
        properties.put("ApplicationName", "asof-probe");
        properties.put("connectTimeout", String.valueOf(TIMEOUT_SECONDS));
        properties.put("loginTimeout", String.valueOf(TIMEOUT_SECONDS));
        properties.put("socketTimeout", String.valueOf(TIMEOUT_SECONDS));
        return DriverManager.getConnection(details.getJdbcUrl(), properties);
    }

    private static void put(Properties properties, String name, @Nullable String value) {
        if (value != null) {
            properties.put(name, value);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(INTERVAL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        var thread = probing;
        probing = null;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return probing != null;
    }
}
