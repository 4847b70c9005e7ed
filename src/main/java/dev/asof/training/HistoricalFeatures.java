package dev.asof.training;

import dev.asof.offline.PointInTimeJoin;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.springframework.stereotype.Component;

/**
 * Joins spines with features: the whole spine is checked and loaded into a temporary table, then the join's rows go to
 * the response as Postgres gives them, all in one repeatable-read transaction.
 */
@Component
class HistoricalFeatures {

    private static final int FETCH_ROWS = 2_000;
    private static final int OUTPUT_BUFFER = 64 * 1024;

    private final SpineSources spines;
    private final PointInTimeJoin join;
    private final DataSource dataSource;
    private final Semaphore permits;

    HistoricalFeatures(
            SpineSources spines, PointInTimeJoin join, DataSource dataSource, TrainingProperties properties) {
        this.spines = spines;
        this.join = join;
        this.dataSource = dataSource;
        this.permits = new Semaphore(properties.maxConcurrent());
    }

    /** Where the rows go; opened when the first of them is known and nothing of the request can be refused any more. */
    @FunctionalInterface
    interface Target {
        OutputStream open() throws IOException;
    }

    /**
     * Writes the training rows.
     *
     * @throws AsofException before the target is opened, for everything the caller can mend
     * @throws IOException when the target can't be written, as when the client is gone
     * @throws SQLException when Postgres fails; the target may have been opened then
     */
    void write(RequestPlanner.Plan plan, ResultFormat format, boolean int64AsText, Target target)
            throws IOException, SQLException {
        if (!permits.tryAcquire()) {
            throw new AsofException(
                    ErrorCode.TOO_MANY_REQUESTS, "Too many training requests are running: try again in a moment");
        }
        try (Connection connection = connection()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            try {
                var spine = load(plan, connection);
                stream(plan.query(), spine, connection, new Output(format, int64AsText, target));
            } finally {
                connection.rollback();
            }
        } finally {
            permits.release();
        }
    }

    private Connection connection() {
        try {
            return dataSource.getConnection();
        } catch (SQLException e) {
            throw new AsofException(ErrorCode.UNAVAILABLE, "The offline store is not answering; try again", e);
        }
    }

    private record Output(ResultFormat format, boolean int64AsText, Target target) {}

    private LoadedSpine load(RequestPlanner.Plan plan, Connection connection) throws SQLException {
        var query = plan.query();
        execute(connection, SpineTable.creation(query.selection()));
        LoadedSpine spine;
        try (var open = spines.open(plan.spine());
                var copy = new BinaryCopy(connection, SpineTable.NAME)) {
            spine = new SpineLoader(open, query).load(copy);
        }
        execute(connection, SpineTable.ORDERING);
        execute(connection, SpineTable.STATISTICS);
        return spine;
    }

    private void stream(TrainingQuery query, LoadedSpine spine, Connection connection, Output output)
            throws IOException, SQLException {
        var sql = join.sql(
                SpineTable.NAME,
                SpineTable.handedThrough(query.selection()),
                SpineTable.AT,
                query.selection(),
                new PointInTimeJoin.Reading(query.strict(), query.known(), Optional.empty()));
        try (var statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(FETCH_ROWS);
            statement.setEscapeProcessing(false);
            var rows = new JoinedRows(statement.executeQuery(sql), spine, query.selection());
            var row = rows.next();
            var out = new BufferedOutputStream(output.target().open(), OUTPUT_BUFFER);
            var writer = RowWriter.of(output.format(), rows.columns(), out, output.int64AsText());
            for (; row != null; row = rows.next()) {
                writer.row(row);
            }
            writer.finish();
            out.flush();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
