package dev.asof.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a point-in-time join in blocks of the spine, several at once on connections that see the same, and gives the rows
 * in the spine's order. Blocks come by binary {@code COPY}; at most one waits for each connection, in a file. Used by
 * one thread, but for {@link #cancel}.
 */
public final class BlockJoin implements AutoCloseable {

    /** A block of the spine is one or some of these. */
    public static final int UNIT_ROWS = 16_000;

    /** The larger a block, the more neighbours share pages of the index; beyond this little more is gained. */
    private static final int MOST_UNITS = 8;

    /** So that no connection waits long for the last one. */
    private static final int BLOCKS_PER_CONNECTION = 2;

    private static final Logger LOG = LoggerFactory.getLogger(BlockJoin.class);
    private static final Duration GRACE = Duration.ofMillis(1);
    private static final Duration CANCEL_INTERVAL = Duration.ofMillis(100);

    /** So few rows of a block tell how old the values of most are. */
    private static final int SAMPLE_ROWS = 500;

    /** Blocks of fewer samples than this are joined without. */
    private static final int WORTH_A_SAMPLE = 10;

    /** Further back an as-of time may have no timestamp in Postgres. */
    private static final long LONGEST_MICROS = TimeUnit.DAYS.toMicros(365_000);

    private final Blocks blocks;
    private final long rows;
    private final int blockRows;
    private final List<Worker> workers = new ArrayList<>();
    private final BlockRow row = new BlockRow();
    private volatile boolean stopped;
    private @Nullable RowBlock block;
    private int blocksTaken;
    private int rowInBlock;

    /** Which of a block's spine rows a statement is about. */
    public sealed interface Rows {

        /** From the first number to the last. */
        record All(long first, long last) implements Rows {}

        /**
         * Those of them whose values are all recent; the others don't come back.
         *
         * @param ages for each view, how many microseconds before the as-of time its events may be; empty for any
         */
        record Recent(long first, long last, List<OptionalLong> ages) implements Rows {}

        /** Single ones. */
        @SuppressWarnings("ArrayRecordComponent")
        record Some(long[] numbers) implements Rows {}
    }

    /** The join's statements. */
    @FunctionalInterface
    public interface Blocks {

        /** The select of some spine rows with what is joined to them; begins with the ordinal. */
        String sql(Rows rows);

        /** Called before the first statement about a block, with the connection that it will run on. */
        default void prepare(Connection connection, long first, long last) throws SQLException {}

        /**
         * The select of {@link Rows.Recent#ages()} that fit most of these spine rows, null where none does; empty when
         * looking for recent rows first is of no use.
         */
        default Optional<String> agesSql(long first, long last) {
            return Optional.empty();
        }
    }

    /**
     * Begins a join.
     *
     * @param blocks of {@link PointInTimeJoin} or their like
     * @param connections in transactions with one snapshot, used by nobody else until this is closed; the one at place
     *     {@code i} of {@code n} reads block {@code i}, {@code i + n} and so on of the spine
     * @param rows of the spine
     */
    public BlockJoin(Blocks blocks, List<Connection> connections, long rows) {
        this.blocks = blocks;
        this.rows = rows;
        this.blockRows = blockRows(rows, connections.size());
        for (Connection connection : connections) {
            workers.add(new Worker(connection, workers.size(), connections.size()));
        }
        workers.forEach(worker -> worker.thread.start());
    }

    /** Which unit a spine row is in, counted from 0; blocks begin with a unit's first row. */
    public static int unitOf(long ordinal) {
        return (int) ((ordinal - 1) / UNIT_ROWS);
    }

    private static int blockRows(long rows, int connections) {
        long units = Math.ceilDiv(rows, (long) UNIT_ROWS * connections * BLOCKS_PER_CONNECTION);
        return UNIT_ROWS * Math.clamp(units, 1, MOST_UNITS);
    }

    /**
     * The next row, valid until the one after is asked for; null after the last.
     *
     * @throws SQLException when Postgres failed, or the join was cancelled
     */
    public @Nullable BlockRow next() throws SQLException, IOException {
        if (block == null || rowInBlock == block.count()) {
            if (!nextBlock()) {
                return null;
            }
        }
        row.read(Objects.requireNonNull(block), rowInBlock++);
        return row;
    }

    private boolean nextBlock() throws SQLException, IOException {
        if (block != null) {
            block.close();
            block = null;
        }
        if ((long) blocksTaken * blockRows >= rows) {
            return false;
        }
        var outcome = workers.get(blocksTaken++ % workers.size()).take();
        switch (outcome) {
            case Outcome.Done(var done) -> block = done;
            case Outcome.Failed(SQLException e) -> throw e;
            case Outcome.Failed(IOException e) -> throw e;
            case Outcome.Failed(RuntimeException e) -> throw e;
            case Outcome.Failed(var e) -> throw new IllegalStateException(e);
        }
        rowInBlock = 0;
        return true;
    }

    /** Ends the queries; may be called by any thread, and again. */
    public void cancel() throws SQLException {
        for (Worker worker : workers) {
            worker.connection.unwrap(PGConnection.class).cancelQuery();
        }
    }

    /** Ends what still runs. The connections' transactions can only be rolled back then. */
    @Override
    public void close() throws IOException {
        stopped = true;
        for (Worker worker : workers) {
            worker.end();
        }
        if (block != null) {
            block.close();
        }
    }

    private sealed interface Outcome {

        record Done(RowBlock block) implements Outcome {}

        record Failed(Exception exception) implements Outcome {}
    }

    /** Reads one connection's blocks, each when the one before was taken. */
    private final class Worker {

        private final Connection connection;
        private final int firstBlock;
        private final int step;
        private final SynchronousQueue<Outcome> outcomes = new SynchronousQueue<>();
        private final Thread thread;

        Worker(Connection connection, int firstBlock, int step) {
            this.connection = connection;
            this.firstBlock = firstBlock;
            this.step = step;
            this.thread = Thread.ofPlatform()
                    .name("point-in-time-join-" + firstBlock)
                    .daemon()
                    .unstarted(this::run);
        }

        private void run() {
            try {
                for (long first = (long) firstBlock * blockRows; first < rows; first += (long) step * blockRows) {
                    hand(outcome(first + 1, Math.min(rows, first + blockRows)));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void hand(Outcome outcome) throws InterruptedException {
            try {
                if (stopped) {
                    throw new InterruptedException();
                }
                outcomes.put(outcome);
            } catch (InterruptedException e) {
                if (outcome instanceof Outcome.Done(var done)) {
                    closeQuietly(done);
                }
                throw e;
            }
        }

        private Outcome outcome(long first, long last) {
            try {
                return new Outcome.Done(read(first, last));
            } catch (SQLException | IOException | RuntimeException e) {
                return new Outcome.Failed(e);
            }
        }

        private RowBlock read(long first, long last) throws SQLException, IOException {
            var read = new RowBlock(first, (int) (last - first + 1));
            try {
                blocks.prepare(connection, first, last);
                read(first, last, read);
                read.finish();
                return read;
            } catch (SQLException | IOException | RuntimeException e) {
                closeQuietly(read);
                throw e;
            }
        }

        /**
         * First those whose values are recent, as most are: a scan of the index that needn't go back to the beginning of
         * time takes half as long, and what it finds is what would be found without a limit (rule A1).
         */
        private void read(long first, long last, RowBlock into) throws SQLException, IOException {
            var ages = ages(first, last);
            if (ages.stream().noneMatch(OptionalLong::isPresent)) {
                copy(new Rows.All(first, last), into);
                return;
            }
            copy(new Rows.Recent(first, last, ages), into);
            long[] missing = into.missing();
            if (missing.length > 0) {
                copy(new Rows.Some(missing), into);
            }
        }

        private List<OptionalLong> ages(long first, long last) throws SQLException {
            if (last - first < SAMPLE_ROWS * WORTH_A_SAMPLE) {
                return List.of();
            }
            var sql = blocks.agesSql(first, first + SAMPLE_ROWS - 1);
            if (sql.isEmpty()) {
                return List.of();
            }
            try (var statement = connection.createStatement();
                    var result = statement.executeQuery(sql.get())) {
                result.next();
                var ages = new ArrayList<OptionalLong>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    long age = result.getLong(i);
                    ages.add(result.wasNull() || age > LONGEST_MICROS ? OptionalLong.empty() : OptionalLong.of(age));
                }
                return ages;
            }
        }

        private void copy(Rows some, RowBlock into) throws SQLException, IOException {
            var copy = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("copy (" + blocks.sql(some) + ") to stdout (format binary)");
            try {
                read(copy, into);
            } finally {
                if (copy.isActive()) {
                    // Cancelling it could hit the next statement just as well.
                    connection.abort(Runnable::run);
                }
            }
        }

        private void read(CopyOut copy, RowBlock into) throws SQLException, IOException {
            boolean isFirst = true;
            for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
                int offset = isFirst ? RowBuffer.HEADER_BYTES : 0;
                isFirst = false;
                var fields = ByteBuffer.wrap(message);
                if (message.length > offset && fields.getShort(offset) >= 0) {
                    into.add(BlockRow.ordinal(fields, offset), message, offset, message.length - offset);
                }
            }
        }

        Outcome take() {
            try {
                return outcomes.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Outcome.Failed(new IOException("Interrupted while waiting for rows", e));
            }
        }

        /** A query may begin just after it was cancelled, so that is done until the thread ends. */
        void end() {
            thread.interrupt();
            try {
                while (!thread.join(GRACE)) {
                    connection.unwrap(PGConnection.class).cancelQuery();
                    thread.join(CANCEL_INTERVAL);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (SQLException e) {
                LOG.warn("A join could not be cancelled: {}", e.getMessage());
            }
        }
    }

    private static void closeQuietly(RowBlock block) {
        try {
            block.close();
        } catch (IOException e) {
            LOG.debug("A temporary file was not closed: {}", e.getMessage());
        }
    }
}
