package dev.asof.training.spine;

import dev.asof.postgres.RestrictedLogin;
import dev.asof.postgres.RowFetch;
import dev.asof.shared.AsofException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The logins that read features and sources, and nothing else: the server's, which runs users' SQL, and people's. */
@Component
class ReaderLogin {

    /** How many servers of the database may have as many sessions as one may. */
    private static final int SERVERS = 12;

    private static final List<String> RIGHTS = List.of(
            "alter role %1$s in database %2$s set search_path = features, sources",
            "revoke all on schema public from %1$s",
            "grant usage on schema features, sources, datasets to %1$s",
            "grant select on all tables in schema features, sources, datasets to %1$s",
            "grant execute on all functions in schema features, sources, datasets to %1$s",
            "alter default privileges in schema features, sources, datasets grant select on tables to %1$s",
            "alter default privileges in schema features, sources, datasets grant execute on functions to %1$s");

    private final DataSource owner;
    private final RestrictedLogin login;
    private final RestrictedLogin people;

    ReaderLogin(DataSource owner, ReaderProperties properties) {
        this.owner = owner;
        this.login = login(
                "users' SQL",
                properties.serverUsername(),
                properties.serverPassword(),
                SERVERS * properties.maxConnections(),
                properties);
        this.people =
                login("people", properties.username(), properties.password(), properties.maxSessions(), properties);
    }

    private RestrictedLogin login(
            String purpose, String username, @Nullable String password, int sessions, ReaderProperties properties) {
        return new RestrictedLogin(
                owner,
                new RestrictedLogin.Settings(
                        "asof.reader",
                        purpose,
                        username,
                        password,
                        properties.url(),
                        properties.deadline(),
                        properties.temporaryFiles(),
                        sessions,
                        RIGHTS,
                        "-c search_path=features,sources"));
    }

    @EventListener(ApplicationReadyEvent.class)
    void prepareAtStart() {
        login.prepareAtStart();
        people.prepareAtStart();
    }

    /**
     * Opens a session of the server's login, in a read-only transaction.
     *
     * @throws AsofException UNAVAILABLE when the login isn't there or can do more than it should
     */
    Connection open() {
        return login.open(RowFetch::limit);
    }

    /** Ends a session of the reader by its process id; does nothing when it is over. */
    void terminate(int pid) throws SQLException {
        try (var connection = owner.getConnection();
                var statement = connection.prepareStatement("select pg_terminate_backend(?)")) {
            statement.setInt(1, pid);
            statement.execute();
        }
    }
}
