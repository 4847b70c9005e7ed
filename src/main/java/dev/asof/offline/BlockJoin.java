package dev.asof.offline;

import dev.asof.postgres.BlockRow;
import dev.asof.shared.ProducerThread;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a point-in-time join in blocks of the spine, several at once, and gives the rows in the spine's order. Each reader is
 * at most two blocks ahead. Used by one thread, but for {@link #cancel}.
 */
public final class BlockJoin implements AutoCloseable {

    /** A block of the spine is one or some of these. */
    public static final int UNIT_ROWS = 4_000;

    /** The larger a block, the more neighbours share pages of the index; beyond this little more is gained. */
    private static final int MOST_UNITS = 32;

    /** Smaller ones are not worth a statement in Postgres. */
    private static final int LEAST_UNITS = 4;

    /** So that no reader waits long for the last one. */
    private static final int BLOCKS_PER_READER = 2;

    private static final Logger LOG = LoggerFactory.getLogger(BlockJoin.class);

    private final long rows;
    private final int blockRows;
    private final List<? extends Reader> readers;
    private final List<ProducerThread<JoinedBlock, SQLException, IOException>> workers = new ArrayList<>();
    private final BlockRow row = new BlockRow();
    private @Nullable JoinedBlock block;
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

    /** Reads blocks, one after the other. */
    interface Reader {

        /** Reads the block of some spine rows, the first and the last given by their numbers. */
        JoinedBlock read(long first, long last) throws SQLException, IOException;

        /** Ends what is being read, if it takes long; may be called by any thread, and again. */
        void cancel() throws SQLException;

        /** Called when nothing is being read any more and all blocks are closed. */
        default void close() {}
    }

    /** Rows that were joined. */
    interface JoinedBlock extends AutoCloseable {

        int count();

        /** Makes a row that of an index, counted from 0. */
        void read(int index, BlockRow into);

        @Override
        void close() throws IOException;
    }

    /**
     * Begins a join in Postgres.
     *
     * @param blocks of {@link PointInTimeJoin} or their like
     * @param connections in transactions with one snapshot, used by nobody else until this is closed
     * @param rows of the spine
     */
    public BlockJoin(Blocks blocks, List<Connection> connections, long rows) {
        this(
                connections.stream()
                        .map(connection -> (Reader) new SqlBlockReader(blocks, connection))
                        .toList(),
                blockRows(rows, connections.size()),
                rows);
    }

    private BlockJoin(List<? extends Reader> readers, int blockRows, long rows) {
        this.rows = rows;
        this.blockRows = blockRows;
        this.readers = List.copyOf(readers);
        for (Reader reader : readers) {
            int number = workers.size();
            workers.add(new ProducerThread<>(
                    "point-in-time-join-" + number, new Blockwise(reader, number, readers.size())));
        }
    }

    /**
     * Begins a join.
     *
     * @param readers of which the one at place {@code i} of {@code n} reads block {@code i}, {@code i + n} and so on of the
     *     spine, in a thread of its own
     * @param units how many a block has
     * @param rows of the spine
     */
    static BlockJoin inUnits(List<? extends Reader> readers, int units, long rows) {
        return new BlockJoin(readers, units * UNIT_ROWS, rows);
    }

    /** Which unit a spine row is in, counted from 0; blocks begin with a unit's first row. */
    public static int unitOf(long ordinal) {
        return (int) ((ordinal - 1) / UNIT_ROWS);
    }

    private static int blockRows(long rows, int readers) {
        long units = Math.ceilDiv(rows, (long) UNIT_ROWS * readers * BLOCKS_PER_READER);
        return UNIT_ROWS * Math.clamp(units, LEAST_UNITS, MOST_UNITS);
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
        Objects.requireNonNull(block).read(rowInBlock++, row);
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
        block = Objects.requireNonNull(
                workers.get(blocksTaken++ % workers.size()).take());
        rowInBlock = 0;
        return true;
    }

    /** Ends what is being read; may be called by any thread, and again. */
    public void cancel() throws SQLException {
        for (Reader reader : readers) {
            reader.cancel();
        }
    }

    /** Ends what still runs. Transactions of connections can only be rolled back then. */
    @Override
    public void close() throws IOException {
        workers.forEach(ProducerThread::close);
        if (block != null) {
            block.close();
        }
        readers.forEach(Reader::close);
    }

    /** Has one reader's blocks read. */
    private final class Blockwise implements ProducerThread.Maker<JoinedBlock, SQLException, IOException> {

        private final Reader reader;
        private final int step;
        private long block;

        Blockwise(Reader reader, int firstBlock, int step) {
            this.reader = reader;
            this.block = firstBlock;
            this.step = step;
        }

        @Override
        public @Nullable JoinedBlock next() throws SQLException, IOException {
            long first = block * blockRows;
            block += step;
            return first < rows ? reader.read(first + 1, Math.min(rows, first + blockRows)) : null;
        }

        @Override
        public void cancel() throws SQLException {
            reader.cancel();
        }

        @Override
        public void discard(JoinedBlock unwanted) {
            closeQuietly(unwanted);
        }
    }

    static void closeQuietly(JoinedBlock block) {
        try {
            block.close();
        } catch (IOException e) {
            LOG.debug("A temporary file was not closed: {}", e.getMessage());
        }
    }
}
