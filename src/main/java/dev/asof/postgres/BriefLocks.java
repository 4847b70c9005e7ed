package dev.asof.postgres;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A lock timeout with retries: runs statements that keep readers out, in the current transaction. Readers queue behind
 * such a statement while it waits for its lock, and behind the locks it has: so all locks together are waited for no
 * longer than {@link #BUDGET}, else they are given back, readers go first, and everything is tried again.
 */
public final class BriefLocks {

    private static final Duration BUDGET = Duration.ofMillis(100);
    private static final Duration PAUSE = Duration.ofMillis(25);
    private static final int ATTEMPTS = 48;

    private static final String LOCK_TIMEOUT = "select current_setting('lock_timeout')";
    private static final String SET_LOCK_TIMEOUT = "select set_config('lock_timeout', ?, true)";

    private final JdbcTemplate jdbc;

    public BriefLocks(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @throws AsofException UNAVAILABLE when queries hold on to what is to be changed for too long; nothing was changed */
    public void run(List<String> statements) {
        String usual = Objects.requireNonNull(jdbc.queryForObject(LOCK_TIMEOUT, String.class));
        for (int attempt = 1; !ranBriefly(statements); attempt++) {
            if (attempt == ATTEMPTS) {
                throw new AsofException(
                        ErrorCode.UNAVAILABLE,
                        "Queries that run on what is to be replaced take too long; nothing was changed, try again");
            }
            pause();
        }
        setLockTimeout(usual);
    }

    /** Whether it got its locks in time; leaves no trace if not, or if it fails. */
    private boolean ranBriefly(List<String> statements) {
        jdbc.execute("savepoint brief_locks");
        try {
            long deadline = System.nanoTime() + BUDGET.toNanos();
            for (String statement : statements) {
                long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                setLockTimeout(Math.max(1, left) + "ms");
                jdbc.execute(statement);
            }
            jdbc.execute("release savepoint brief_locks");
            return true;
        } catch (DataAccessException e) {
            jdbc.execute("rollback to savepoint brief_locks");
            if (serverError(e)
                    .map(ServerErrorMessage::getSQLState)
                    .filter(SqlStates.LOCK_NOT_AVAILABLE::equals)
                    .isPresent()) {
                return false;
            }
            throw e;
        }
    }

    /** Long enough for those who waited to get all the locks that one query takes. */
    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AsofException(ErrorCode.UNAVAILABLE, "The server is stopping; nothing was changed", e);
        }
    }

    private void setLockTimeout(String timeout) {
        jdbc.queryForObject(SET_LOCK_TIMEOUT, String.class, timeout);
    }

    /** What Postgres said. */
    public static Optional<ServerErrorMessage> serverError(DataAccessException e) {
        return e.getMostSpecificCause() instanceof PSQLException sql
                ? Optional.ofNullable(sql.getServerErrorMessage())
                : Optional.empty();
    }
}
