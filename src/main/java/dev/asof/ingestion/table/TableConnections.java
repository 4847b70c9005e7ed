package dev.asof.ingestion.table;

import dev.asof.ingestion.TableDatabaseException;
import dev.asof.postgres.RestrictedLogin;
import dev.asof.postgres.RowFetch;
import dev.asof.postgres.Sql;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Opens the databases that table sources are read from. In the server's own database that is done by a login that can
 * read what it is granted and nothing else: a definition's query must not see what Asof keeps for itself.
 */
@Component
class TableConnections {

    private static final Logger LOG = LoggerFactory.getLogger(TableConnections.class);

    /** To reach a database, and for each of its answers until the session is set up. */
    private static final Duration OPEN = Duration.ofSeconds(5);

    private static final String CANCEL_SECONDS = "2";

    /** Of all servers of the database together. */
    private static final int SESSIONS = 50;

    /** An open session, and the login to grant rights to. */
    record Session(Connection connection, String login) {}

    private final ConnectionsProperties others;
    private final RestrictedLogin own;
    private final Duration timeout;

    TableConnections(DataSource dataSource, TableLoginProperties properties, ConnectionsProperties others) {
        this.others = others;
        this.timeout = properties.timeout();
        this.own = new RestrictedLogin(
                dataSource,
                new RestrictedLogin.Settings(
                        "asof.tables",
                        "table sources",
                        properties.username(),
                        properties.password(),
                        properties.url(),
                        timeout,
                        properties.temporaryFiles(),
                        SESSIONS,
                        List.of(),
                        ""));
    }

    /** So that rights can be granted to it before the first read. */
    @EventListener(ApplicationReadyEvent.class)
    void prepareAtStart() {
        own.prepareAtStart();
    }

    Duration timeout() {
        return timeout;
    }

    /** @throws AsofException INVALID when a source names a connection that isn't configured */
    void require(TableOrigin origin) {
        origin.connection().ifPresent(this::login);
    }

    /**
     * Opens a read-only session in one transaction.
     *
     * @throws AsofException INVALID for an unknown connection, UNAVAILABLE when the database can't be reached
     */
    Session open(TableOrigin origin) {
        if (origin.connection().isEmpty()) {
            return new Session(own.open(RowFetch::limit), own.username());
        }
        String name = origin.connection().get();
        var login = login(name);
        try {
            return new Session(open(login), login.username());
        } catch (SQLException e) {
            LOG.warn("The connection '{}' can't be used", name, e);
            throw new TableDatabaseException("The connection '%s' can't be used now".formatted(name), e);
        }
    }

    private Connection open(ConnectionsProperties.Login login) throws SQLException {
        var connection = DriverManager.getConnection(login.url(), properties(login));
        try {
            Sql.useUtc(connection);
            endWithThisServer(connection);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            if (connection.getNetworkTimeout() == OPEN.toMillis()) {
                // no other was configured: a query may think for long, and ReadWatch sees to it that it ends
                connection.setNetworkTimeout(Runnable::run, 0);
            }
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** What runs there ends soon after this server was killed, where the database can see to that. */
    private static void endWithThisServer(Connection connection) {
        try (var statement = connection.createStatement()) {
            statement.execute("set client_connection_check_interval = '1s'");
        } catch (SQLException e) {
            LOG.debug("A read may outlive this server: {}", e.getMessage());
        }
    }

    private ConnectionsProperties.Login login(String name) {
        var login = others.connections().get(name);
        if (login == null) {
            var names = new TreeSet<>(others.connections().keySet());
            String message = "There is no connection '%s': set asof.connections.%s.url, .username and .password%s"
                    .formatted(name, name, names.isEmpty() ? "" : "; configured are " + String.join(", ", names));
            throw AsofException.invalid(
                    message,
                    List.of(Violation.of(
                            "connection", "unknown_connection", message, Suggestions.nearest(name, names))));
        }
        return login;
    }

    private Properties properties(ConnectionsProperties.Login login) {
        var properties = new Properties();
        properties.setProperty("user", login.username());
        if (login.password() != null) {
            properties.setProperty("password", login.password());
        }
        properties.setProperty("ApplicationName", "asof tables");
        RowFetch.limit(properties);
        String seconds = Long.toString(OPEN.toSeconds());
        properties.setProperty("connectTimeout", seconds);
        properties.setProperty("socketTimeout", seconds);
        properties.setProperty("cancelSignalTimeout", CANCEL_SECONDS);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty(
                "options",
                "-c default_transaction_read_only=on -c standard_conforming_strings=on -c statement_timeout="
                        + timeout.toMillis());
        return properties;
    }
}
