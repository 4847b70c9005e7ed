package dev.asof.training.spine;

import dev.asof.formats.ColumnForm;
import dev.asof.formats.TableReader;
import dev.asof.postgres.RowFetch;
import dev.asof.postgres.SqlColumn;
import dev.asof.shared.AsofException;
import dev.asof.shared.EndableWork;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of a query on a session of the reader, which ends when they are closed. */
final class SqlRows implements TableReader {

    /** What a spine's row may have at most. */
    private static final int MOST_ROW_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(SqlRows.class);

    private final Connection connection;
    private final ReaderQuery query;
    private final ReaderSessions sessions;
    private final int processId;
    private final EndableWork.Query whileWanted = EndableWork.over(this::cancel);
    private final long begunAt = System.nanoTime();
    private final List<SqlColumn> reading = new ArrayList<>();
    private final List<Column> columns = new ArrayList<>();
    private final Statement statement;
    private final RowFetch fetch;
    private final ResultSet result;
    private volatile long waitingSince = begunAt;
    private volatile boolean isWaiting = true;
    private volatile boolean expired;
    private volatile boolean closed;
    private long row;

    /** @param careful whether rows may be larger than those before them, see {@link RowFetch#reading} */
    SqlRows(Connection connection, ReaderQuery query, boolean careful, ReaderSessions sessions) {
        this.connection = connection;
        this.query = query;
        this.sessions = sessions;
        try {
            this.processId = connection.unwrap(PGConnection.class).getBackendPID();
            this.statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
            statement.setEscapeProcessing(false);
            this.fetch = new RowFetch(statement, MOST_ROW_BYTES, careful);
            sessions.opened(this);
        } catch (SQLException e) {
            quietlyClose(connection);
            throw SqlFailures.of(e, query, false, sessions.deadline());
        }
        try {
            this.result = statement.executeQuery(query.sql());
            var metadata = result.getMetaData();
            for (int i = 1; i <= metadata.getColumnCount(); i++) {
                var column = SqlColumn.of(metadata, i, connection);
                reading.add(column);
                columns.add(column(metadata.getColumnLabel(i), column));
            }
            isWaiting = false;
        } catch (SQLException e) {
            end();
            if (fetch.isTooLarge(e)) {
                throw tooLarge("Its rows are too large");
            }
            throw SqlFailures.of(e, query, expired, sessions.deadline());
        }
    }

    /** Decimals and days are more than our types hold: a column of a spine comes back as what it is. */
    private static Column column(String name, SqlColumn column) {
        return switch (column.typeName()) {
            case "numeric" -> new Column(name, Optional.empty());
            case "date" ->
                new Column(name, Optional.of(column.type()), Optional.of(new ColumnForm.Date()), Optional.empty());
            default -> new Column(name, Optional.of(column.type()));
        };
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        try {
            if (expired) {
                throw new SQLException("expired", SqlFailures.CANCELLED);
            }
            if (!nextRow()) {
                return null;
            }
            row++;
            var values = new @Nullable Object[reading.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = reading.get(i).read(result);
            }
            long bytes = SqlColumn.bytes(values);
            if (bytes > MOST_ROW_BYTES) {
                throw tooLarge("Row %s has %s bytes".formatted(row, bytes));
            }
            fetch.took(result, bytes);
            return values;
        } catch (SQLException e) {
            if (fetch.isTooLarge(e)) {
                throw tooLarge("Its rows are too large");
            }
            throw SqlFailures.of(e, query, expired, sessions.deadline());
        }
    }

    private static AsofException tooLarge(String what) {
        return SqlFailures.tooLarge("%s; a spine's row has at most %s bytes".formatted(what, MOST_ROW_BYTES));
    }

    private boolean nextRow() throws SQLException {
        waitingSince = System.nanoTime();
        isWaiting = true;
        try {
            return result.next();
        } finally {
            isWaiting = false;
        }
    }

    /**
     * What must not be longer than the deadline: how long a user's SQL has run, its rows being taken included, or how
     * long nothing has come of a source, which may be large.
     */
    Duration age() {
        long since = query.isUsers() ? begunAt : waitingSince;
        return query.isUsers() || isWaiting ? Duration.ofNanos(System.nanoTime() - since) : Duration.ZERO;
    }

    @Override
    public long rowNumber() {
        return row;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        end();
        sessions.release();
    }

    private void end() {
        closed = true;
        whileWanted.close();
        sessions.closed(this);
        quietlyClose(connection);
    }

    void cancel() {
        expired = true;
        try {
            statement.cancel();
        } catch (SQLException e) {
            LOG.warn("A query of the reader could not be cancelled: {}", e.getMessage());
        }
    }

    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("Already closed: {}", e.getMessage());
        }
    }

    int processId() {
        return processId;
    }

    boolean isClosed() {
        return closed;
    }

    private static void quietlyClose(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("Closed with {}", Objects.toString(e.getMessage()));
        }
    }
}
