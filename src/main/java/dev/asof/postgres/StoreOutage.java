package dev.asof.postgres;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/** Tells failures of the stores, which pass, from those of the work that met them. */
public final class StoreOutage {

    /** Connections that broke or could not be had, a server that is shut down or out of room. */
    private static final Set<String> OF_THE_SERVER = Set.of("08", "53", "57");

    /** A statement of its own was too slow or too large, by limits that are there for it. */
    private static final Set<String> OF_THE_STATEMENT = Set.of("53400", "57014");

    private StoreOutage() {}

    /** Whether a failure, or what caused it, is one that the same work needs not meet when it is tried again later. */
    public static boolean is(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean away = switch (cause) {
                case AsofException known -> known.code().fault() == ErrorCode.Fault.RESOURCE;
                case SQLTransientConnectionException _,
                        CannotCreateTransactionException _,
                        DataAccessResourceFailureException _ -> true;
                case SQLException refused -> isOfTheServer(String.valueOf(refused.getSQLState()));
                default -> false;
            };
            if (away) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfTheServer(String state) {
        return state.length() == 5
                && OF_THE_SERVER.contains(state.substring(0, 2))
                && !OF_THE_STATEMENT.contains(state);
    }
}
