package dev.asof.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Closes the server's database to logins that were granted nothing, and says what only an administrator can close. Who
 * is to read here needs {@code grant connect}.
 */
@Component
class DatabaseRights {

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseRights.class);

    private final DataSource owner;

    DatabaseRights(DataSource owner) {
        this.owner = owner;
    }

    @EventListener(ApplicationReadyEvent.class)
    void restrict() {
        try (var connection = owner.getConnection()) {
            RightsStatements.run(
                    connection,
                    "revoke connect, temporary on database %s from public"
                            .formatted(Sql.quoted(connection.getCatalog())));
            var missing = missing(connection);
            if (!missing.isEmpty()) {
                LOG.warn(
                        "Whoever can log in to this Postgres can take locks, write large objects and temporary tables, "
                                + "and signal. As a superuser, in database {}, run: {};",
                        connection.getCatalog(),
                        String.join("; ", missing));
            }
        } catch (SQLException e) {
            LOG.warn("What everyone may do in the database could not be looked at: {}", e.getMessage());
        }
    }

    /** The statements that are left to an administrator. */
    static List<String> missing(Connection connection) throws SQLException {
        var statements = new ArrayList<String>();
        try (var functions = connection.prepareStatement(PublicRights.FUNCTIONS);
                var databases = connection.prepareStatement(PublicRights.DATABASES)) {
            functions.setString(1, connection.getMetaData().getUserName());
            for (var query : List.of(functions, databases)) {
                try (var result = query.executeQuery()) {
                    while (result.next()) {
                        statements.add(result.getString(1));
                    }
                }
            }
        }
        return statements;
    }
}
