package dev.asof.training.spine;

import dev.asof.postgres.SingleSelect;
import dev.asof.postgres.SqlStates;
import dev.asof.shared.AsofException;
import dev.asof.shared.Durations;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Says what Postgres has against a user's SQL. */
final class SqlFailures {

    static final String CANCELLED = "57014";

    /** More in temporary files than the login may have. */
    private static final String TOO_MUCH_ON_DISK = "53400";

    private SqlFailures() {}

    /**
     * The failure as the caller sees it: INVALID with Postgres's message and its place in the SQL, UNAVAILABLE when
     * Postgres itself failed.
     *
     * @param expired whether the deadline ended the query
     */
    static AsofException of(SQLException e, ReaderQuery query, boolean expired, Duration deadline) {
        if (expired && !query.isUsers()) {
            return new AsofException(
                    ErrorCode.UNAVAILABLE,
                    "Postgres gave no row of the source for %s: try again".formatted(Durations.format(deadline)),
                    e);
        }
        if (expired || CANCELLED.equals(e.getSQLState())) {
            return invalid(Violation.of(
                    "spine.sql",
                    "deadline",
                    "The SQL was stopped after %s: make it read less, or have asof.reader.deadline raised"
                            .formatted(Durations.format(deadline))));
        }
        var message = e instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
        if (message == null || SqlStates.isServersFault(e.getSQLState())) {
            return new AsofException(ErrorCode.UNAVAILABLE, "The spine's SQL could not be run", e);
        }
        var violation = Violation.of("spine.sql", "postgres_" + e.getSQLState(), text(message, query));
        int position = message.getPosition() - 1 - query.offset();
        var written = query.written().orElse("");
        return invalid(
                position >= 0 && position < written.length()
                        ? violation.atLine(SingleSelect.lineOf(written, position))
                        : violation);
    }

    private static String text(ServerErrorMessage message, ReaderQuery query) {
        int position = message.getPosition() - 1 - query.offset();
        var written = query.written().orElse("");
        var where = position >= 0 && position < written.length()
                ? " (line %s, character %s)"
                        .formatted(
                                SingleSelect.lineOf(written, position),
                                position - written.lastIndexOf('\n', position - 1))
                : "";
        return message.getMessage() + where + hint(message);
    }

    private static String hint(ServerErrorMessage message) {
        boolean writes = "0A000".equals(message.getSQLState())
                && String.valueOf(message.getMessage()).contains("data-modifying");
        if (writes) {
            return "; a spine's SQL only reads: leave out insert, update, delete and merge";
        }
        if ("42501".equals(message.getSQLState())) {
            return "; a spine's SQL reads the schemas features, sources and datasets";
        }
        if (TOO_MUCH_ON_DISK.equals(message.getSQLState())) {
            return "; sort, group or join less at once, or have asof.reader.temporary-files raised";
        }
        return message.getHint() == null ? "" : "; " + message.getHint();
    }

    static AsofException tooLarge(String message) {
        return invalid(Violation.of("spine", "row_too_large", message));
    }

    private static AsofException invalid(Violation violation) {
        return AsofException.invalid("The spine's SQL failed: " + violation.message(), List.of(violation));
    }
}
