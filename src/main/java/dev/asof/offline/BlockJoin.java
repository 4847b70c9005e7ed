package dev.asof.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.SynchronousQueue;
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

    /**
     * How many spine rows are joined at once: enough for neighbours in the index, few enough to begin writing soon, and for
     * their places not to be a humongous object in a small heap.
     */
    public static final int BLOCK_ROWS = 64_000;

    private static final Logger LOG = LoggerFactory.getLogger(BlockJoin.class);
    private static final Duration GRACE = Duration.ofMillis(1);
    private static final Duration CANCEL_INTERVAL = Duration.ofMillis(100);

    private final Blocks blocks;
    private final long rows;
    private final List<Worker> workers = new ArrayList<>();
    private final BlockRow row = new BlockRow();
    private volatile boolean stopped;
    private @Nullable RowBlock block;
    private int blocksTaken;
    private int rowInBlock;

    /** The join's statements, which begin with the ordinal. */
    @FunctionalInterface
    public interface Blocks {

        /** The select of the spine rows from the first number to the last. */
        String sql(long first, long last);
    }

    /**
     * Begins a join.
     *
     * @param blocks {@link PointInTimeJoin#blockSql} or its like
     * @param connections in transactions with one snapshot, used by nobody else until this is closed; the one at place
     *     {@code i} of {@code n} reads block {@code i}, {@code i + n} and so on of the spine
     * @param rows of the spine
     */
    public BlockJoin(Blocks blocks, List<Connection> connections, long rows) {
        this.blocks = blocks;
        this.rows = rows;
        for (Connection connection : connections) {
            workers.add(new Worker(connection, workers.size(), connections.size()));
        }
        workers.forEach(worker -> worker.thread.start());
    }

    /** Which block a spine row is in, counted from 0. */
    public static int blockOf(long ordinal) {
        return (int) ((ordinal - 1) / BLOCK_ROWS);
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
        if ((long) blocksTaken * BLOCK_ROWS >= rows) {
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
                for (long first = (long) firstBlock * BLOCK_ROWS; first < rows; first += (long) step * BLOCK_ROWS) {
                    hand(outcome(first + 1, Math.min(rows, first + BLOCK_ROWS)));
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
            var copy = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("copy (" + blocks.sql(first, last) + ") to stdout (format binary)");
            var read = new RowBlock(first, (int) (last - first + 1));
            try {
                read(copy, read);
                read.finish();
                return read;
            } catch (SQLException | IOException | RuntimeException e) {
                closeQuietly(read);
                throw e;
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
