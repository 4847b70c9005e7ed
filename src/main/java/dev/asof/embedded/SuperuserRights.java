package dev.asof.embedded;

import dev.asof.postgres.PublicRights;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes from everyone in the embedded cluster what a login that only reads has no use for; only a superuser can. Done at
 * each start, so that clusters made by earlier versions have it too, and in the template, for databases made later.
 */
final class SuperuserRights {

    private static final String DATABASES = "select datname from pg_database where datallowconn";

    private final int port;
    private final String superuser;
    private final String password;
    private final String owner;

    /** @param owner the role that keeps what is taken from everyone else, and may limit what others' queries write */
    SuperuserRights(int port, String superuser, String password, String owner) {
        this.port = port;
        this.superuser = superuser;
        this.password = password;
        this.owner = owner;
    }

    void restrict() {
        try (var connection = connect(superuser)) {
            execute(connection, strings(connection, PublicRights.DATABASES));
            execute(connection, List.of("grant set on parameter temp_file_limit to " + owner));
            for (String database : strings(connection, DATABASES)) {
                restrict(database);
            }
        } catch (SQLException e) {
            throw new EmbeddedStoresException("The rights in Postgres can't be set: " + e.getMessage(), e);
        }
    }

    private void restrict(String database) throws SQLException {
        try (var connection = connect(database)) {
            execute(connection, strings(connection, PublicRights.FUNCTIONS, owner));
        }
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%s/%s".formatted(port, database), superuser, password);
    }

    private static List<String> strings(Connection connection, String sql, String... parameters) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (var result = statement.executeQuery()) {
                var strings = new ArrayList<String>();
                while (result.next()) {
                    strings.add(result.getString(1));
                }
                return strings;
            }
        }
    }

    private static void execute(Connection connection, List<String> statements) throws SQLException {
        try (var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
