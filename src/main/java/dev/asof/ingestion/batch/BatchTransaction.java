package dev.asof.ingestion.batch;

import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.Published;
import dev.asof.postgres.PostgresProbe;
import dev.asof.postgres.SqlStates;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.Durations;
import dev.asof.shared.EndableWork;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The one way in which batches are added to a source: its views are held as they are, batches begin, rows are written,
 * what the online store is owed is recorded, all of it commits, the online store is written, and whatever was kept for
 * that is let go of, however it ends. Whatever else its work does in Postgres commits with it or not at all.
 */
@Component
public class BatchTransaction {

    private static final Logger LOG = LoggerFactory.getLogger(BatchTransaction.class);

    /** A change of a source waits for its batches, and batches wait for the change: for so long, not for ever. */
    private static final String LIMIT_WAITING = "select set_config('lock_timeout', ?, true)";

    private static final String NOT_STORED = "The offline store went away; nothing was stored: send it again";

    private static final String LOCKED =
            "A change of the source, or something else in the offline store, kept it locked for %s; nothing was"
                    + " stored: send it again";

    private static final String UNCERTAIN = "The offline store went away while this was committed: it may be stored "
            + "or not. Repeated with the same Idempotency-Key it is stored once and answered; without a key, a "
            + "repetition may store it twice";

    /** A transaction in which batches can be added to one source. */
    public final class Scope {

        private @Nullable OpenBatches opened;
        private boolean undone;

        private Scope() {}

        /**
         * Holds a source as it is until the transaction ends. Batches can be added from now on, and changes of the source
         * wait, so what takes long and needs no lock comes before.
         *
         * @param kind how the batches' rows came
         * @throws AsofException NOT_FOUND when there is no such source
         */
        public OpenBatches open(SourceName source, BatchKind kind) {
            if (opened != null) {
                throw new IllegalStateException("A transaction adds batches to one source");
            }
            var snapshot = registry.shareSource(source);
            var batches = new OpenBatches(stores, snapshot, source, kind, Timestamps.truncated(clock.instant()));
            opened = batches;
            return batches;
        }

        /** Has nothing of the transaction stored. */
        public void undo() {
            undone = true;
        }

        private void finish(TransactionStatus status) {
            if (undone) {
                status.setRollbackOnly();
            } else if (opened != null) {
                opened.finish();
            }
        }

        private void close() {
            if (opened != null) {
                opened.close();
            }
        }
    }

    /** A transaction that has committed, and what it still has to bring online. */
    public record Committed<T>(T result, @Nullable OpenBatches batches) implements AutoCloseable {

        /** Brings it online; what can't be brought there now is pending. */
        public Published publish() {
            return batches == null ? Published.NOTHING : batches.publish();
        }

        @Override
        public void close() {
            if (batches != null) {
                batches.close();
            }
        }
    }

    private final OpenBatches.Stores stores;
    private final Registry registry;
    private final TransactionTemplate transaction;
    private final JdbcTemplate jdbc;
    private final PostgresProbe postgres;
    private final Duration lockTimeout;
    private final Clock clock;

    BatchTransaction(
            Registry registry,
            OpenBatches.Stores stores,
            PlatformTransactionManager transactions,
            DataSource dataSource,
            PostgresProbe postgres,
            IngestionProperties properties,
            Clock clock) {
        this.stores = stores;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
        this.jdbc = new JdbcTemplate(dataSource);
        this.postgres = postgres;
        this.lockTimeout = properties.lockTimeout();
        this.clock = clock;
    }

    /**
     * Does work in a transaction, commits it, and brings its batches online. Up to the commit it ends when nobody waits for
     * the answer any more ({@link EndableWork}).
     *
     * @param kind how the batches' rows came
     * @param work gets the source's batches; whatever else it does in Postgres is part of the transaction
     * @param answer what comes of the work's result and what became of the batches online
     * @throws AsofException UNAVAILABLE when nothing was stored because Postgres is away or something stayed locked,
     *     COMMIT_UNCERTAIN when it may have been
     * @throws EndableWork.EndedException when nobody waits for it; nothing was stored
     */
    <T, A> A run(
            SourceName source, BatchKind kind, Function<OpenBatches, T> work, BiFunction<T, OnlineState, A> answer) {
        try (var committed = commit(scope -> EndableWork.whileWanted(() -> work(scope, source, kind, work)))) {
            return answer.apply(committed.result(), committed.publish().ofAll());
        }
    }

    private <T> T work(Scope scope, SourceName source, BatchKind kind, Function<OpenBatches, T> work) {
        var connection = Objects.requireNonNull(jdbc.execute((Connection bound) -> bound.unwrap(PGConnection.class)));
        try (var _ = EndableWork.over(() -> cancel(connection))) {
            return work.apply(scope.open(source, kind));
        }
    }

    private static void cancel(PGConnection connection) {
        try {
            connection.cancelQuery();
        } catch (SQLException e) {
            LOG.warn("A statement could not be cancelled: {}", e.getMessage());
        }
    }

    /** As {@link #run}, up to the commit: the caller publishes and closes. */
    public <T> Committed<T> commit(Function<Scope, T> work) {
        postgres.requireAnswer();
        var scope = new Scope();
        var committing = new AtomicBoolean();
        boolean done = false;
        try {
            T result = Objects.requireNonNull(transaction.execute(status -> {
                limitWaiting(lockTimeout);
                T made = work.apply(scope);
                scope.finish(status);
                committing.set(true);
                return made;
            }));
            done = !scope.undone;
            return new Committed<>(result, scope.undone ? null : scope.opened);
        } catch (DataAccessException | TransactionException e) {
            throw explained(e, committing.get());
        } finally {
            if (!done) {
                scope.close();
            }
        }
    }

    private void limitWaiting(Duration timeout) {
        jdbc.queryForObject(LIMIT_WAITING, String.class, Long.toString(timeout.toMillis()));
    }

    private RuntimeException explained(RuntimeException e, boolean committing) {
        if (sqlState(e).equals(SqlStates.LOCK_NOT_AVAILABLE)) {
            return new AsofException(ErrorCode.UNAVAILABLE, LOCKED.formatted(Durations.format(lockTimeout)), e);
        }
        if (!isAway(e)) {
            return e;
        }
        return committing
                ? new AsofException(ErrorCode.COMMIT_UNCERTAIN, UNCERTAIN, e)
                : new AsofException(ErrorCode.UNAVAILABLE, NOT_STORED, e);
    }

    /** The connection broke or could not be had, or the server is being shut down. */
    private static boolean isAway(RuntimeException e) {
        return NestedExceptionUtils.getMostSpecificCause(e) instanceof java.io.IOException
                || sqlState(e).startsWith("08")
                || sqlState(e).startsWith("57P");
    }

    private static String sqlState(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException failure && failure.getSQLState() != null) {
                return failure.getSQLState();
            }
        }
        return "";
    }
}
