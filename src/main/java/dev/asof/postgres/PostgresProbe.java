package dev.asof.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.OutageLog;
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
 * The circuit breaker before Postgres: knows whether it answers, so that whoever asks need not wait for a Postgres that
 * hangs. It has a connection of its own: a pool that is busy is no sign that Postgres is away.
 *
 * <p>When there is no answer for long, it breaks the pool's connections off, so that whoever waits on one fails within a
 * stated time. A limit on each statement could not do that: a large COPY or join takes longer than anybody should wait
 * for a Postgres that hangs.
 */
@Component
public class PostgresProbe implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresProbe.class);
    private static final OutageLog SILENT = new OutageLog(LOG);
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
    private final BackgroundLoop probing;
    private @Nullable Connection connection;

    PostgresProbe(
            JdbcConnectionDetails details,
            DataSource dataSource,
            PostgresProperties properties,
            BackgroundLoops loops) {
        this.details = details;
        this.dataSource = dataSource;
        this.silenceLimitNanos = properties.silenceLimit().toNanos();
        this.probing = loops.every(INTERVAL, "postgres-probe", this::probe);
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

    /** Whether it has not answered for so long that nobody waits any more; never waits. */
    public boolean isSilent() {
        return !answers && System.nanoTime() - answeredAt >= silenceLimitNanos;
    }

    @Override
    public void start() {
        answeredAt = System.nanoTime();
        probing.start();
    }

    private synchronized void probe() {
        boolean answered = false;
        try {
            var open = connection == null ? connect() : connection;
            connection = open;
            answered = open.isValid(TIMEOUT_SECONDS);
            if (!answered) {
                LOG.debug("No answer of Postgres within {} s", TIMEOUT_SECONDS);
            }
            saw(answered);
        } catch (SQLException e) {
            LOG.debug("Postgres does not answer: {}", e.getMessage());
            saw(e.getSQLState() != null && !e.getSQLState().startsWith(CONNECTION));
        } finally {
            if (!answered) {
                disconnect();
            }
        }
        if (isSilent() && probing.isRunning()) {
            breakOff();
        }
    }

    private void disconnect() {
        try (var _ = connection) {
            connection = null;
        } catch (SQLException e) {
            LOG.debug("Closed with {}", e.getMessage());
        }
    }

    private void saw(boolean answer) {
        if (answer != answers && probing.isRunning()) {
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
            SILENT.met("Postgres is silent: {} connections broken off", broken);
        } catch (SQLException e) {
            SILENT.met("Postgres is silent, and its connections can't be broken off: {}", e.getMessage());
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
        var made = DriverManager.getConnection(details.getJdbcUrl(), properties);
        Sql.useUtc(made);
        return made;
    }

    private static void put(Properties properties, String name, @Nullable String value) {
        if (value != null) {
            properties.put(name, value);
        }
    }

    @Override
    public void stop() {
        probing.stop();
        close();
    }

    private synchronized void close() {
        disconnect();
    }

    @Override
    public boolean isRunning() {
        return probing.isRunning();
    }

    /** As long as anybody uses the pool. */
    @Override
    public int getPhase() {
        return 0;
    }
}
