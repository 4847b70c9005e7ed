package dev.asof.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;

/**
 * A login that can do nothing but read what it is granted: makes it where the server's own login may, gives it its few
 * rights, and opens its connections.
 *
 * <p>Logins belong to the whole Postgres cluster, so another database's server may have made it, or be making it now:
 * every step can be repeated, and is, at each start. Where the server's login can't create others, an administrator
 * makes this one; what it may do is checked at every connection.
 */
public final class RestrictedLogin {

    /**
     * How a login is set up.
     *
     * @param property the prefix of the properties it is configured by, for messages
     * @param purpose what it is for, such as "users' SQL"
     * @param password when null, one derived from the server's own password
     * @param url JDBC URL; the server's own when null
     * @param temporaryFiles what one of its queries may write to temporary files, per process
     * @param sessions how many it may have at once, of all servers and people together
     * @param rights further statements at each start, with {@code %1$s} for the login and {@code %2$s} for the database
     * @param options of a session, as {@code -c name=value}, besides those that all have
     */
    public record Settings(
            String property,
            String purpose,
            String username,
            @Nullable String password,
            @Nullable String url,
            Duration deadline,
            DataSize temporaryFiles,
            int sessions,
            List<String> rights,
            String options) {
        public Settings {
            rights = List.copyOf(rights);
            if (!NAME.matcher(username).matches()) {
                throw new IllegalArgumentException(
                        "%s.username '%s' is not a login name of lower-case letters, digits and underscores"
                                .formatted(property, username));
            }
        }

        @Override
        public String toString() {
            return "Settings[username=%s, url=%s]".formatted(username, url);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(RestrictedLogin.class);
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

    /** A sort or hash of a query, of which it may have several. */
    private static final String MEMORY = "16MB";

    private static final String CREATE = """
        do $$ begin
          if not exists (select from pg_roles where rolname = '%1$s') then
            create role %1$s login noinherit;
          end if;
        end $$\
        """;

    /** Only where it is needed: to say it at all is for superusers. */
    private static final String RESTRICT = """
        do $$ begin
          if exists (select from pg_roles where rolname = '%1$s'
                     and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)) then
            alter role %1$s nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls;
          end if;
        end $$\
        """;

    /** Of this database alone: the login may serve others in the cluster with other settings. */
    private static final List<String> IN_THIS_DATABASE = List.of(
            "alter role %1$s connection limit %4$s",
            "alter role %1$s in database %2$s set default_transaction_read_only = on",
            "alter role %1$s in database %2$s set statement_timeout = %3$s",
            "alter role %1$s in database %2$s set lock_timeout = '10s'",
            "alter role %1$s in database %2$s set idle_in_transaction_session_timeout = '10min'",
            "alter role %1$s in database %2$s set client_connection_check_interval = '1s'",
            "alter role %1$s in database %2$s set work_mem = '%5$s'",
            "alter role %1$s in database %2$s set hash_mem_multiplier = 1",
            "alter role %1$s in database %2$s set timezone = 'UTC'",
            "grant connect on database %2$s to %1$s",
            "revoke create, temporary on database %2$s from %1$s",
            // so that the server may end its sessions
            "grant %1$s to current_user");

    /** What a login without rights can't lift; to say it takes a right of its own. */
    private static final String LIMIT_FILES = "alter role %s in database %s set temp_file_limit = '%skB'";

    private static final String LIMITS_FILES = """
        select exists (
            select from pg_db_role_setting s, unnest(s.setconfig) setting
            where s.setrole in (0, (select oid from pg_roles where rolname = ?))
              and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
              and starts_with(setting, 'temp_file_limit='))
            or current_setting('temp_file_limit') <> '-1'
        """;

    /** A session is open by then, or Postgres counts as away. */
    private static final String OPEN_SECONDS = "5";

    private static final String CANCEL_SECONDS = "2";

    /** One row with whether the session is as powerless as it must be. */
    private static final String IS_POWERLESS = """
        select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
               and not exists (select from pg_auth_members where member = r.oid)
        from pg_roles r
        where rolname = session_user and rolname = ?\
        """;

    private final DataSource owner;
    private final Settings settings;
    private volatile boolean prepared;

    public RestrictedLogin(DataSource owner, Settings settings) {
        this.owner = owner;
        this.settings = settings;
    }

    /** Makes the login at start, so that it can be used from psql too; failing that, at its first use. */
    public void prepareAtStart() {
        try {
            prepare();
        } catch (SQLException e) {
            LOG.warn("The login {} for {} could not be prepared: {}", username(), settings.purpose(), e.getMessage());
        }
    }

    public String username() {
        return settings.username();
    }

    /**
     * Opens a session in a read-only transaction.
     *
     * @throws AsofException UNAVAILABLE when the login isn't there or can do more than it should
     */
    public Connection open() {
        return open(_ -> {});
    }

    /**
     * As {@link #open()}.
     *
     * @param more sets further properties of the driver
     */
    public Connection open(Consumer<Properties> more) {
        try {
            if (!prepared) {
                prepare();
            }
            var properties = connectionProperties();
            more.accept(properties);
            var connection = DriverManager.getConnection(url(), properties);
            try {
                check(connection);
                Sql.useUtc(connection);
                connection.setReadOnly(true);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                connection.setAutoCommit(false);
                // from here on those who run queries see to it that they end
                connection.setNetworkTimeout(Runnable::run, 0);
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            LOG.warn("The login {} for {} can't be used", username(), settings.purpose(), e);
            throw unavailable("The login for %s can't be used now".formatted(settings.purpose()));
        }
    }

    private synchronized void prepare() throws SQLException {
        if (prepared) {
            return;
        }
        try (var connection = owner.getConnection()) {
            var role = Sql.quoted(settings.username());
            var database = Sql.quoted(connection.getCatalog());
            run(connection, CREATE.formatted(settings.username()));
            run(connection, RESTRICT.formatted(settings.username()));
            setPassword(connection);
            for (String step : IN_THIS_DATABASE) {
                run(
                        connection,
                        step.formatted(role, database, settings.deadline().toMillis(), settings.sessions(), MEMORY));
            }
            limitFiles(connection, role, database);
            for (String step : settings.rights()) {
                run(connection, step.formatted(role, database));
            }
        }
        prepared = true;
    }

    private void check(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement(IS_POWERLESS)) {
            statement.setString(1, settings.username());
            try (var result = statement.executeQuery()) {
                if (!result.next() || !result.getBoolean(1)) {
                    throw unavailable(
                            "The login %s is not the powerless one that %s needs: it must be no superuser, have no attributes and be in no role"
                                    .formatted(username(), settings.purpose()));
                }
            }
        }
    }

    private void setPassword(Connection connection) throws SQLException {
        var password = password();
        if (password == null) {
            return;
        }
        boolean done = RightsStatements.run(() -> connection
                .unwrap(PGConnection.class)
                .alterUserPassword(settings.username(), password.toCharArray(), null));
        if (!done) {
            LOG.info("The password of {} is left to an administrator", settings.username());
        }
    }

    private void limitFiles(Connection connection, String role, String database) throws SQLException {
        String sql =
                LIMIT_FILES.formatted(role, database, settings.temporaryFiles().toKilobytes());
        if (RightsStatements.run(connection, sql)) {
            return;
        }
        try (var statement = connection.prepareStatement(LIMITS_FILES)) {
            statement.setString(1, settings.username());
            try (var result = statement.executeQuery()) {
                if (!result.next() || !result.getBoolean(1)) {
                    LOG.warn(
                            "A query of {} can fill Postgres's disk with temporary files. As a superuser, run: {};",
                            settings.username(),
                            sql);
                }
            }
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        if (!RightsStatements.run(connection, sql)) {
            LOG.info("Left to an administrator: {}", sql);
        }
    }

    private String url() {
        return settings.url() != null ? settings.url() : ownersPool().getJdbcUrl();
    }

    private Properties connectionProperties() {
        var connection = new Properties();
        connection.setProperty("user", settings.username());
        var password = password();
        if (password != null) {
            connection.setProperty("password", password);
        }
        connection.setProperty("ApplicationName", settings.username());
        connection.setProperty("prepareThreshold", "0");
        connection.setProperty("connectTimeout", OPEN_SECONDS);
        connection.setProperty("socketTimeout", OPEN_SECONDS);
        connection.setProperty("cancelSignalTimeout", CANCEL_SECONDS);
        connection.setProperty(
                "options",
                "-c default_transaction_read_only=on -c standard_conforming_strings=on"
                        + " -c client_connection_check_interval=1s -c hash_mem_multiplier=1 -c work_mem=" + MEMORY + " "
                        + settings.options()
                        + " -c statement_timeout="
                        + settings.deadline().toMillis());
        return connection;
    }

    /**
     * The configured password, or one derived from the server's own, so that every server of the database has the same
     * and none is stored. Null where the server has none either: then Postgres trusts local logins.
     */
    private @Nullable String password() {
        if (settings.password() != null) {
            return settings.password();
        }
        var own = ownersPool().getPassword();
        if (own == null || own.isEmpty()) {
            return null;
        }
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(own.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of()
                    .formatHex(mac.doFinal(("asof reader " + settings.username()).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private HikariDataSource ownersPool() {
        try {
            return owner.unwrap(HikariDataSource.class);
        } catch (SQLException e) {
            throw new IllegalStateException("Set %1$s.url and %1$s.password".formatted(settings.property()), e);
        }
    }

    private static AsofException unavailable(String detail) {
        return new AsofException(ErrorCode.UNAVAILABLE, detail);
    }
}
