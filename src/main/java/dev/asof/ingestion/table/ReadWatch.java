package dev.asof.ingestion.table;

import dev.asof.ingestion.TableDatabaseException;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.Durations;
import dev.asof.shared.ErrorCode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after a read while it waits for databases: tells how far it is, and ends it when it is cancelled or too long. A
 * database that hangs takes no cancellation: then its connection is closed under the one who waits.
 */
final class ReadWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReadWatch.class);
    private static final Duration INTERVAL = Duration.ofMillis(500);

    /** From a cancellation to the end of the connection. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** The read was told to stop. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped() {
            super("The read was stopped", null, false, false);
        }
    }

    /** What waits for a table's database. */
    private record Running(Connection connection, Statement statement) {}

    private final TableSourceReads.Monitor monitor;
    private final Duration timeout;
    private final BooleanSupplier isStoreSilent;
    private final long end;
    private final BackgroundLoop watching;
    private volatile boolean stopped;
    private volatile boolean broken;
    private volatile long rowsRead;
    private volatile @Nullable Running running;
    private @Nullable Long cancelledAt;

    /** @param isStoreSilent whether the server's own Postgres hangs, so that the read can't be stored anyway */
    ReadWatch(
            TableSourceReads.Monitor monitor, Duration timeout, BooleanSupplier isStoreSilent, BackgroundLoops loops) {
        this.monitor = monitor;
        this.timeout = timeout;
        this.isStoreSilent = isStoreSilent;
        this.end = System.nanoTime() + timeout.toNanos();
        this.watching = loops.every(INTERVAL, "table-read-watch", this::watch);
        watching.start();
    }

    private void watch() {
        try {
            stopped |= !monitor.goesOn(rowsRead);
        } finally {
            var waiting = running;
            if (waiting != null && isStoreSilent.getAsBoolean()) {
                breakOff(waiting);
            } else if (waiting != null && (stopped || isExpired())) {
                end(waiting);
            }
        }
    }

    private void end(Running waiting) {
        if (cancelledAt == null) {
            cancelledAt = System.nanoTime();
        }
        if (System.nanoTime() - cancelledAt >= GRACE.toNanos()) {
            breakOff(waiting);
            return;
        }
        try {
            waiting.statement().cancel();
        } catch (SQLException e) {
            LOG.warn("A table's query could not be cancelled: {}", e.getMessage());
        }
    }

    private void breakOff(Running waiting) {
        broken = true;
        try {
            waiting.connection().abort(Runnable::run);
        } catch (SQLException e) {
            LOG.warn("A table's connection could not be closed: {}", e.getMessage());
        }
    }

    private boolean isExpired() {
        return System.nanoTime() - end >= 0;
    }

    /** The statement to end with the read, and where it runs. */
    void running(Connection connection, Statement statement) {
        running = new Running(connection, statement);
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

    /** Whether the connection was closed under the read. */
    boolean isBroken() {
        return broken;
    }

    /** @param cause what the read met */
    RuntimeException whyBroken(SQLException cause) {
        if (stopped) {
            return new Stopped();
        }
        return isExpired()
                ? new TableDatabaseException(
                        "The table's database does not answer: the read took longer than %s (asof.tables.timeout), and could not be cancelled"
                                .formatted(Durations.format(timeout)),
                        cause)
                : new AsofException(
                        ErrorCode.UNAVAILABLE,
                        "The offline store is not answering; nothing of the table was stored",
                        cause);
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
