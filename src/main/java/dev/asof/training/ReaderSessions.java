package dev.asof.training;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import jakarta.annotation.PreDestroy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Runs queries on the reader's login, a new session for each: no setting, lock or temporary object outlives a query, so
 * there is nothing to clean. The deadline is kept here, because SQL can lift a timeout that the session keeps.
 */
@Component
class ReaderSessions {

    private static final Logger LOG = LoggerFactory.getLogger(ReaderSessions.class);
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final ReaderLogin login;
    private final Duration deadline;
    private final Semaphore permits;
    private final ScheduledExecutorService watchdog;

    ReaderSessions(ReaderLogin login, ReaderProperties properties) {
        this.login = login;
        this.deadline = properties.deadline();
        this.permits = new Semaphore(properties.maxConnections());
        this.watchdog = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("reader-watchdog").factory());
    }

    @PreDestroy
    void stop() {
        watchdog.shutdownNow();
    }

    /**
     * Runs a query; its rows are read as they are asked for, until the deadline.
     *
     * @throws AsofException INVALID for what Postgres refuses, TOO_MANY_REQUESTS when too many run
     */
    SqlRows query(ReaderQuery query) {
        if (!permits.tryAcquire()) {
            throw new AsofException(
                    ErrorCode.TOO_MANY_REQUESTS, "Too many SQL spines are being read: try again in a moment");
        }
        try {
            return new SqlRows(login.open(), query, this);
        } catch (RuntimeException e) {
            permits.release();
            throw e;
        }
    }

    void release() {
        permits.release();
    }

    Duration deadline() {
        return deadline;
    }

    /** Ends the rows' query at the deadline: first by cancelling it, then with its whole session. */
    ScheduledFuture<?> watch(SqlRows rows) {
        return watchdog.schedule(
                () -> {
                    rows.cancel();
                    watchdog.schedule(() -> kill(rows), GRACE.toMillis(), TimeUnit.MILLISECONDS);
                },
                deadline.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void kill(SqlRows rows) {
        if (rows.isClosed()) {
            return;
        }
        try {
            login.terminate(rows.processId());
        } catch (SQLException e) {
            LOG.warn("A reader's session could not be terminated: {}", e.getMessage());
        } finally {
            rows.abort();
        }
    }
}
