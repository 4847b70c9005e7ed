package dev.asof.training;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * The login that runs users' SQL: makes it where the server's own login may, gives it its few rights, and opens its
 * connections.
 *
 * <p>Logins belong to the whole Postgres cluster, so another database's server may have made it, or be making it now:
 * every step can be repeated, and is, at each start. Where the server's login can't create others, an administrator
 * makes this one; what it may do is checked at every connection.
 */
@Component
class ReaderLogin {

    private static final Logger LOG = LoggerFactory.getLogger(ReaderLogin.class);
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");
    private static final int ATTEMPTS = 5;
    private static final long PAUSE_MILLIS = 50;

    /** Created, renamed or altered by another at this moment. */
    private static final Set<String> MADE_MEANWHILE = Set.of("XX000", "40001", "23505", "42710");

    private static final String CREATE = """
            do $$ begin
              if not exists (select from pg_roles where rolname = '%1$s') then
                create role %1$s login noinherit connection limit 50;
              end if;
            end $$""";

    /** Only where it is needed: to say it at all is for superusers. */
    private static final String RESTRICT = """
            do $$ begin
              if exists (select from pg_roles where rolname = '%1$s'
                         and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)) then
                alter role %1$s nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls;
              end if;
            end $$""";

    /** Of this database alone: the login may serve others in the cluster with other settings. */
    private static final List<String> IN_THIS_DATABASE = List.of(
            "alter role %1$s in database %2$s set default_transaction_read_only = on",
            "alter role %1$s in database %2$s set statement_timeout = %3$d",
            "alter role %1$s in database %2$s set search_path = features, sources",
            "grant connect on database %2$s to %1$s",
            "revoke create, temporary on database %2$s from %1$s",
            "revoke all on schema public from %1$s",
            "grant usage on schema features, sources, datasets to %1$s",
            "grant select on all tables in schema features, sources, datasets to %1$s",
            "grant execute on all functions in schema features, sources, datasets to %1$s",
            "alter default privileges in schema features, sources, datasets grant select on tables to %1$s",
            "alter default privileges in schema features, sources, datasets grant execute on functions to %1$s");

    /** One row with whether the session is as powerless as it must be. */
    private static final String IS_POWERLESS = """
            select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
                   and not exists (select from pg_auth_members where member = r.oid)
            from pg_roles r
            where rolname = session_user and rolname = ?""";

    private final DataSource owner;
    private final ReaderProperties properties;
    private volatile boolean prepared;

    ReaderLogin(DataSource owner, ReaderProperties properties) {
        if (!NAME.matcher(properties.username()).matches()) {
            throw new IllegalArgumentException(
                    "asof.reader.username '%s' is not a login name of lower-case letters, digits and underscores"
                            .formatted(properties.username()));
        }
        this.owner = owner;
        this.properties = properties;
    }

    /** Makes the login at start, so that it can be used from psql too; failing that, at its first use. */
    @EventListener(ApplicationReadyEvent.class)
    void prepareAtStart() {
        try {
            prepare();
        } catch (SQLException e) {
            LOG.warn("The login {} for users' SQL could not be prepared: {}", properties.username(), e.getMessage());
        }
    }

    /**
     * Opens a session of the reader, in a read-only transaction.
     *
     * @throws AsofException UNAVAILABLE when the login isn't there or can do more than it should
     */
    Connection open() {
        try {
            if (!prepared) {
                prepare();
            }
            var connection = DriverManager.getConnection(url(), connectionProperties());
            try {
                check(connection);
                connection.setReadOnly(true);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                connection.setAutoCommit(false);
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            LOG.warn("The login {} for users' SQL can't be used", properties.username(), e);
            throw unavailable("The login for users' SQL can't be used now");
        }
    }

    /** Ends a session of the reader by its process id; does nothing when it is over. */
    void terminate(int pid) throws SQLException {
        try (var connection = owner.getConnection();
                var statement = connection.prepareStatement("select pg_terminate_backend(?)")) {
            statement.setInt(1, pid);
            statement.execute();
        }
    }

    synchronized void prepare() throws SQLException {
        if (prepared) {
            return;
        }
        try (var connection = owner.getConnection()) {
            var role = SpineTable.quoted(properties.username());
            var database = SpineTable.quoted(connection.getCatalog());
            tolerant(connection, CREATE.formatted(properties.username()));
            tolerant(connection, RESTRICT.formatted(properties.username()));
            setPassword(connection);
            for (String step : IN_THIS_DATABASE) {
                tolerant(connection, step.formatted(role, database, properties.deadline().toMillis()));
            }
        }
        prepared = true;
    }

    private void check(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement(IS_POWERLESS)) {
            statement.setString(1, properties.username());
            try (var result = statement.executeQuery()) {
                if (!result.next() || !result.getBoolean(1)) {
                    throw unavailable("The login %s is not the powerless one that users' SQL needs: it must be no"
                            .formatted(properties.username()) + " superuser, have no attributes and be in no role");
                }
            }
        }
    }

    private void setPassword(Connection connection) throws SQLException {
        var password = password();
        if (password == null) {
            return;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                connection
                        .unwrap(PGConnection.class)
                        .alterUserPassword(properties.username(), password.toCharArray(), null);
                return;
            } catch (SQLException e) {
                if (!mayRetry(e, attempt)) {
                    LOG.info("The password of {} was not set: {}", properties.username(), e.getMessage());
                    return;
                }
            }
        }
    }

    private void tolerant(Connection connection, String sql) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
                return;
            } catch (SQLException e) {
                if ("42501".equals(e.getSQLState())) {
                    LOG.info("Left to an administrator: {} ({})", sql, e.getMessage());
                    return;
                }
                if (!mayRetry(e, attempt)) {
                    throw e;
                }
            }
        }
    }

    private static boolean mayRetry(SQLException e, int attempt) {
        if (attempt == ATTEMPTS || !MADE_MEANWHILE.contains(String.valueOf(e.getSQLState()))) {
            return false;
        }
        try {
            Thread.sleep(PAUSE_MILLIS * attempt);
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String url() {
        return properties.url() != null ? properties.url() : ownersPool().getJdbcUrl();
    }

    private Properties connectionProperties() {
        var connection = new Properties();
        connection.setProperty("user", properties.username());
        var password = password();
        if (password != null) {
            connection.setProperty("password", password);
        }
        connection.setProperty("ApplicationName", "asof reader");
        connection.setProperty("prepareThreshold", "0");
        connection.setProperty(
                "options",
                "-c default_transaction_read_only=on -c standard_conforming_strings=on -c search_path=features,sources"
                        + " -c client_connection_check_interval=1s -c statement_timeout="
                        + properties.deadline().toMillis());
        return connection;
    }

    /**
     * The configured password, or one derived from the server's own, so that every server of the database has the same
     * and none is stored. Null where the server has none either: then Postgres trusts local logins.
     */
    private @Nullable String password() {
        if (properties.password() != null) {
            return properties.password();
        }
        var own = ownersPool().getPassword();
        if (own == null || own.isEmpty()) {
            return null;
        }
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(own.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of()
                    .formatHex(mac.doFinal(("asof reader " + properties.username()).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private HikariDataSource ownersPool() {
        try {
            return owner.unwrap(HikariDataSource.class);
        } catch (SQLException e) {
            throw new IllegalStateException("Set asof.reader.url and asof.reader.password", e);
        }
    }

    private static AsofException unavailable(String detail) {
        return new AsofException(ErrorCode.UNAVAILABLE, detail);
    }
}
