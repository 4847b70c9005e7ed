package dev.asof.postgres;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose fault a failure of SQL is that others wrote, by its SQLSTATE. */
public final class SqlStates {

    /** Of waiting for a lock for longer than {@code lock_timeout}. */
    public static final String LOCK_NOT_AVAILABLE = "55P03";

    /**
     * The connection, the login, resources of the machine, an operator's doing, the system around Postgres, its files,
     * and what another transaction did. What else there is, too little memory for one value and limits on one
     * statement included, its author mends.
     */
    private static final List<String> SERVERS = List.of(
            "08", "28", "40", "530", "531", "532", "533", LOCK_NOT_AVAILABLE, "57P", "58", "F0", "XX001", "XX002");

    private SqlStates() {}

    /**
     * Whether trying again later, or mending the server, helps; otherwise the SQL has to change.
     *
     * @param state null when the failure has none
     */
    public static boolean isServersFault(@Nullable String state) {
        return state == null || SERVERS.stream().anyMatch(state::startsWith);
    }
}
