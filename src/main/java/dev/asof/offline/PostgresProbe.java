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
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Knows whether Postgres answers, so that whoever asks need not wait for a Postgres that hangs. It has a connection of
 * its own: a pool that is busy is no sign that Postgres is away.
 *
 * <p>When there is no answer for long, it breaks the pool's connections off, so that whoever waits on one fails within a
 * stated time. A limit on each statement could not do that: a large COPY or join takes longer than anybody should wait
 * for a Postgres that hangs.
 */
@Component
public class PostgresProbe implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresProbe.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int TIMEOUT_SECONDS = 2;
    private static final long STALE_NANOS = Duration.ofSeconds(5).toNanos();

    /** SQL states of connections that could not be made, or broke; anything else is an answer, if a refusal. */
    private static final String CONNECTION = "08";

    private final JdbcConnectionDetails details;
    private final DataSource dataSource;
    private final long silenceLimitNanos;
    private volatile long answeredAt = System.nanoTime();
    private volatile boolean answers = true;
    private volatile @Nullable Thread probing;

    PostgresProbe(JdbcConnectionDetails details, DataSource dataSource, OfflineProperties properties) {
        this.details = details;
        this.dataSource = dataSource;
        this.silenceLimitNanos = properties.silenceLimit().toNanos();
    }

    /** Whether it answered lately; never waits. */
    public boolean answers() {
        return answers && System.nanoTime() - answeredAt < STALE_NANOS;
    }

    /** @throws AsofException UNAVAILABLE when it has not answered for long, so that nobody else begins to wait */
    public void requireAnswer() {
        if (isSilent()) {
            throw new AsofException(
                    ErrorCode.UNAVAILABLE, "The offline store is not answering; nothing was stored: try again");
        }
    }

    private boolean isSilent() {
        return !answers && System.nanoTime() - answeredAt >= silenceLimitNanos;
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
                LOG.debug("Postgres does not answer: {}", e.getMessage());
                saw(e.getSQLState() != null && !e.getSQLState().startsWith(CONNECTION));
                if (isSilent() && probing == Thread.currentThread()) {
                    breakOff();
                }
                pause();
            }
        }
    }

    private void probe(Connection connection) throws SQLException {
        while (probing == Thread.currentThread()) {
            if (!connection.isValid(TIMEOUT_SECONDS)) {
                throw new SQLException("no answer within %s s".formatted(TIMEOUT_SECONDS));
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

    private void breakOff() {
        try {
            var pool = dataSource.unwrap(HikariDataSource.class).getDataSourceProperties();
            int broken = PostgresSockets.closeAll(String.valueOf(pool.get(PostgresSockets.POOL)));
            LOG.warn("Postgres is silent: {} connections broken off", broken);
        } catch (SQLException e) {
            LOG.warn("Postgres is silent, and its connections can't be broken off: {}", e.getMessage());
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

    /** As long as anybody uses the pool. */
    @Override
    public int getPhase() {
        return 0;
    }
}
