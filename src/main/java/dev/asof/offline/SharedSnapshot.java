package dev.asof.offline;

import static dev.asof.postgres.Sql.literal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections whose transactions see the same rows, so that several processes of Postgres can share one query's work.
 * Closing rolls all of them back. Used by one thread.
 */
public final class SharedSnapshot implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SharedSnapshot.class);

    /** For queries that look one row up for each of a block's; the memory is for sorting the block. */
    private static final String PLANNING =
            "set local jit = off; set local enable_memoize = off; set local work_mem = '32MB'";

    private final Semaphore spare;
    private final List<Connection> connections = new ArrayList<>();

    /**
     * Opens connections: one at least, further ones only if the pool can spare them.
     *
     * @param spare permits for all but the first
     */
    SharedSnapshot(DataSource dataSource, Semaphore spare, int most, boolean readOnly) throws SQLException {
        this.spare = spare;
        connections.add(begin(dataSource, readOnly));
        try {
            String id = exported();
            while (connections.size() < most && grow(dataSource, readOnly)) {
                execute(connections.getLast(), "set transaction snapshot " + literal(id));
            }
        } catch (SQLException e) {
            close();
            throw e;
        }
    }

    /** The connection that is always there; its snapshot is the one that all have. */
    public Connection first() {
        return connections.getFirst();
    }

    public List<Connection> connections() {
        return List.copyOf(connections);
    }

    private boolean grow(DataSource dataSource, boolean readOnly) {
        if (!spare.tryAcquire()) {
            return false;
        }
        try {
            connections.add(begin(dataSource, readOnly));
            return true;
        } catch (SQLException e) {
            spare.release();
            LOG.debug("No further connection: {}", e.getMessage());
            return false;
        }
    }

    private String exported() throws SQLException {
        try (var statement = first().createStatement();
                var result = statement.executeQuery("select pg_export_snapshot()")) {
            result.next();
            return result.getString(1);
        }
    }

    /** Begins a transaction whose statements all see the same, which the first one that reads decides. */
    static Connection begin(DataSource dataSource, boolean readOnly) throws SQLException {
        var connection = dataSource.getConnection();
        try {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(readOnly);
            connection.setAutoCommit(false);
            execute(connection, PLANNING);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() {
        spare.release(connections.size() - 1);
        connections.forEach(SharedSnapshot::close);
    }

    private static void close(Connection connection) {
        try (connection) {
            rollback(connection);
        } catch (SQLException e) {
            LOG.debug("A connection was given up: {}", e.getMessage());
        }
    }

    /** A connection that can't be rolled back must not come back to the pool with its transaction. */
    private static void rollback(Connection connection) throws SQLException {
        try {
            connection.rollback();
        } catch (SQLException e) {
            connection.abort(Runnable::run);
            throw e;
        }
    }
}
