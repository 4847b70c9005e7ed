package dev.asof.ingestion;

import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.Durations;
import dev.asof.shared.ErrorCode;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks after a read while it waits for databases: tells how far it is, and ends it when it is cancelled or too long. */
final class ReadWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReadWatch.class);
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** The read was told to stop. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped() {
            super("The read was stopped", null, false, false);
        }
    }

    private final TableSourceReader.Monitor monitor;
    private final Duration timeout;
    private final long end;
    private final BackgroundLoop watching;
    private volatile boolean stopped;
    private volatile long rowsRead;
    private volatile @Nullable Statement running;

    ReadWatch(TableSourceReader.Monitor monitor, Duration timeout, BackgroundLoops loops) {
        this.monitor = monitor;
        this.timeout = timeout;
        this.end = System.nanoTime() + timeout.toNanos();
        this.watching = loops.every(INTERVAL, "table-read-watch", this::watch);
        watching.start();
    }

    private void watch() {
        try {
            stopped |= !monitor.goesOn(rowsRead);
        } finally {
            if (stopped || isExpired()) {
                cancel();
            }
        }
    }

    private void cancel() {
        Statement statement = running;
        if (statement == null) {
            return;
        }
        try {
            statement.cancel();
        } catch (SQLException e) {
            LOG.warn("A table's query could not be cancelled: {}", e.getMessage());
        }
    }

    private boolean isExpired() {
        return System.nanoTime() - end >= 0;
    }

    /** The statement to end with the read. */
    void running(Statement statement) {
        running = statement;
        check();
    }

    void notRunning() {
        running = null;
    }

    void rowsRead(long rows) {
        rowsRead = rows;
    }

    /** @throws Stopped or AsofException when the read must end */
    void check() {
        if (stopped || isExpired()) {
            throw whyCancelled();
        }
    }

    RuntimeException whyCancelled() {
        return stopped
                ? new Stopped()
                : new AsofException(
                        ErrorCode.INVALID,
                        "The read took longer than %s: have the query read less, or raise asof.tables.timeout"
                                .formatted(Durations.format(timeout)));
    }

    @Override
    public void close() {
        watching.stop();
    }
}
