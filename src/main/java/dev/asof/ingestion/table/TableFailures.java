package dev.asof.ingestion.table;

import dev.asof.ingestion.TableDatabaseException;
import dev.asof.postgres.SingleSelect;
import dev.asof.postgres.SqlStates;
import dev.asof.postgres.StoreOutage;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Says what a database has against reading a table or query. */
final class TableFailures {

    static final String CANCELLED = "57014";

    /** More in temporary files than the login may have. */
    private static final String TOO_MUCH_ON_DISK = "53400";

    private static final String PERMISSION_DENIED = "42501";

    private TableFailures() {}

    /**
     * INVALID for what the definition or the owner's grants must change, UNAVAILABLE when the database failed.
     *
     * @param offset where the query begins in the SQL that was run
     */
    static AsofException of(SQLException e, TableOrigin origin, String login, int offset) {
        String state = String.valueOf(e.getSQLState());
        var message = e instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
        if (message == null || SqlStates.isServersFault(e.getSQLState())) {
            String detail = "The table's database failed: " + firstLine(e);
            return origin.connection().isEmpty() && StoreOutage.is(e)
                    ? new AsofException(ErrorCode.UNAVAILABLE, detail, e)
                    : new TableDatabaseException(detail, e);
        }
        return switch (origin.relation()) {
            case TableOrigin.Table table ->
                invalid(Violation.of(
                        "table", "postgres_" + state, message.getMessage() + tableHint(state, table, login)));
            case TableOrigin.Query query -> invalid(inQuery(message, state, query, login, offset));
        };
    }

    private static String tableHint(String state, TableOrigin.Table table, String login) {
        return state.equals(PERMISSION_DENIED)
                ? "; as its owner: grant usage on schema %1$s to %3$s; grant select on %1$s.%2$s to %3$s"
                        .formatted(table.schema(), table.name(), login)
                : "";
    }

    private static Violation inQuery(
            ServerErrorMessage message, String state, TableOrigin.Query query, String login, int offset) {
        String hint = switch (state) {
            case PERMISSION_DENIED ->
                "; as the owner of what it reads: grant usage on schema … to %1$s; grant select on … to %1$s"
                        .formatted(login);
            case TOO_MUCH_ON_DISK -> "; sort, group or join less at once, or have asof.tables.temporary-files raised";
            default -> "";
        };
        var violation = Violation.of("query", "postgres_" + state, message.getMessage() + hint);
        int position = message.getPosition() - 1 - offset;
        boolean isInQuery = message.getPosition() > 0
                && position >= 0
                && position <= query.sql().length();
        return isInQuery ? violation.atLine(SingleSelect.lineOf(query.sql(), position)) : violation;
    }

    private static String firstLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static AsofException invalid(Violation violation) {
        return AsofException.invalid(violation.message(), List.of(violation));
    }
}
