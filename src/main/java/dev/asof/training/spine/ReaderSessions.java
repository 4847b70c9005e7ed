package dev.asof.training.spine;

import dev.asof.postgres.PostgresProbe;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import jakarta.annotation.PreDestroy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
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
    private static final Duration INTERVAL = Duration.ofMillis(250);
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final ReaderLogin login;
    private final Duration deadline;
    private final Semaphore permits;
    private final PostgresProbe probe;
    private final Set<SqlRows> open = ConcurrentHashMap.newKeySet();
    private final BackgroundLoop watchdog;

    ReaderSessions(ReaderLogin login, ReaderProperties properties, PostgresProbe probe, BackgroundLoops loops) {
        this.login = login;
        this.deadline = properties.deadline();
        this.permits = new Semaphore(properties.maxConnections());
        this.probe = probe;
        this.watchdog = loops.every(INTERVAL, "reader-watchdog", this::endOverdue);
        watchdog.start();
    }

    @PreDestroy
    void stop() {
        watchdog.stop();
    }

    /**
     * Runs a query; its rows are read as they are asked for, until the deadline.
     *
     * @param careful whether rows may be larger than those before them, see {@link dev.asof.postgres.RowFetch#reading}
     * @throws AsofException INVALID for what Postgres refuses, TOO_MANY_REQUESTS when too many run
     */
    SqlRows query(ReaderQuery query, boolean careful) {
        if (!permits.tryAcquire()) {
            throw new AsofException(
                    ErrorCode.TOO_MANY_REQUESTS, "Too many SQL spines are being read: try again in a moment");
        }
        try {
            return new SqlRows(login.open(), query, careful, this);
        } catch (RuntimeException e) {
            permits.release();
            throw e;
        }
    }

    /** Rows are looked after until they are {@link #closed}. */
    void opened(SqlRows rows) {
        open.add(rows);
    }

    void closed(SqlRows rows) {
        open.remove(rows);
    }

    void release() {
        permits.release();
    }

    Duration deadline() {
        return deadline;
    }

    /** Ends what is overdue: first by cancelling it, then with its whole session. */
    private void endOverdue() {
        for (SqlRows rows : open) {
            Duration overdue = rows.age().minus(deadline);
            if (probe.isSilent()) {
                // nothing more comes of them, and a cancellation would wait for an answer too
                rows.abort();
            } else if (overdue.compareTo(GRACE) > 0) {
                kill(rows);
            } else if (!overdue.isNegative()) {
                rows.cancel();
            }
        }
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
