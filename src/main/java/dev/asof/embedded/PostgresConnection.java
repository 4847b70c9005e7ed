package dev.asof.embedded;

/**
 * How to reach an embedded Postgres database. No part is null.
 *
 * @param port on the loopback address
 * @param database the database's name
 * @param username a role that owns the database and may create roles and databases; no superuser
 * @param password the role's password
 */
public record PostgresConnection(int port, String database, String username, String password) {

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:%s/%s".formatted(port, database);
    }

    @Override
    public String toString() {
        return "PostgresConnection[%s as %s]".formatted(jdbcUrl(), username);
    }
}
