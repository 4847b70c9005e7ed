package dev.asof.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/**
 * Runs statements on logins and rights, which belong to the whole Postgres cluster: another database's server may be at
 * the same one at this moment.
 */
final class RightsStatements {

    private static final int ATTEMPTS = 5;
    private static final long PAUSE_MILLIS = 50;
    private static final String NOT_ALLOWED = "42501";

    /** Created, renamed or altered by another at this moment. */
    private static final Set<String> MADE_MEANWHILE = Set.of("XX000", "40001", "23505", "42710");

    interface Step {
        void run() throws SQLException;
    }

    private RightsStatements() {}

    /** @return whether the session is allowed to; if not, nothing was done */
    static boolean run(Connection connection, String sql) throws SQLException {
        return run(() -> {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            }
        });
    }

    static boolean run(Step step) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                step.run();
                return true;
            } catch (SQLException e) {
                if (NOT_ALLOWED.equals(e.getSQLState())) {
                    return false;
                }
                if (attempt == ATTEMPTS || !MADE_MEANWHILE.contains(String.valueOf(e.getSQLState()))) {
                    throw e;
                }
                pause(attempt, e);
            }
        }
    }

    private static void pause(int attempt, SQLException e) throws SQLException {
        try {
            Thread.sleep(PAUSE_MILLIS * attempt);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw e;
        }
    }
}
