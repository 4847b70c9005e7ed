package dev.asof.ingestion;

import dev.asof.offline.PostgresProbe;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/** The transactions of batches, and what their senders are told when Postgres goes away in the middle of one. */
@Component
class BatchTransaction {

    private static final String NOT_STORED = "The offline store went away; nothing was stored: send it again";

    private static final String UNCERTAIN = "The offline store went away while this was committed: it may be stored "
            + "or not. Repeated with the same Idempotency-Key it is stored once and answered; without a key, a "
            + "repetition may store it twice";

    private final TransactionTemplate transaction;
    private final PostgresProbe postgres;

    BatchTransaction(PlatformTransactionManager transactions, PostgresProbe postgres) {
        this.transaction = new TransactionTemplate(transactions);
        this.postgres = postgres;
    }

    /**
     * Runs work in a transaction and commits it.
     *
     * @throws AsofException UNAVAILABLE when nothing was stored because Postgres is away, COMMIT_UNCERTAIN when it may
     *     have been
     */
    <T> T run(Supplier<T> work) {
        postgres.requireAnswer();
        var committing = new AtomicBoolean();
        try {
            return Objects.requireNonNull(transaction.execute(_ -> {
                T result = work.get();
                committing.set(true);
                return result;
            }));
        } catch (DataAccessException | TransactionException e) {
            if (!isAway(e)) {
                throw e;
            }
            throw committing.get()
                    ? new AsofException(ErrorCode.COMMIT_UNCERTAIN, UNCERTAIN, e)
                    : new AsofException(ErrorCode.UNAVAILABLE, NOT_STORED, e);
        }
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
