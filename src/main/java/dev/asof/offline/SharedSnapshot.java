package dev.asof.offline;

import static dev.asof.offline.Sql.literal;

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

    private final DataSource dataSource;
    private final Semaphore spare;
    private final int most;
    private final boolean readOnly;
    private final List<Connection> connections = new ArrayList<>();
    private final String id;

    SharedSnapshot(DataSource dataSource, Semaphore spare, int most, boolean readOnly) throws SQLException {
        this.dataSource = dataSource;
        this.spare = spare;
        this.most = most;
        this.readOnly = readOnly;
        connections.add(open());
        try {
            id = exported();
        } catch (SQLException e) {
            close();
            throw e;
        }
    }

    /** The connection that is always there; its snapshot is the one that all have. */
    public Connection first() {
        return connections.getFirst();
    }

    /** All that were opened so far. */
    public List<Connection> connections() {
        return List.copyOf(connections);
    }

    /** Opens connections until there are so many, or there are no more to be had. */
    public void growTo(int count) throws SQLException {
        boolean growing = true;
        while (growing && connections.size() < count) {
            growing = grow();
        }
    }

    /**
     * Opens one more connection, if more help on this machine and the pool can spare one.
     *
     * @return whether there is one more
     */
    public boolean grow() throws SQLException {
        if (connections.size() >= most || !spare.tryAcquire()) {
            return false;
        }
        Connection connection;
        try {
            connection = open();
        } catch (SQLException e) {
            spare.release();
            LOG.debug("No further connection: {}", e.getMessage());
            return false;
        }
        connections.add(connection);
        try (var statement = connection.createStatement()) {
            statement.execute("set transaction snapshot " + literal(id));
        }
        return true;
    }

    private String exported() throws SQLException {
        try (var statement = first().createStatement();
                var result = statement.executeQuery("select pg_export_snapshot()")) {
            result.next();
            return result.getString(1);
        }
    }

    private Connection open() throws SQLException {
        var connection = dataSource.getConnection();
        try {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(readOnly);
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
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
