package dev.asof.training;

import dev.asof.offline.BlockJoin;
import dev.asof.offline.RowBuffer;
import dev.asof.offline.RowCopier;
import dev.asof.offline.SharedSnapshot;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.ScalarType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A spine's keys and times, spread over temporary tables, one on each connection of a snapshot, as {@link BlockJoin}
 * reads them, and its whole rows in a file. A connection is added for each block of rows as long as there are any to be
 * had.
 */
final class SharedSpine implements SpineSink, AutoCloseable {

    private static final int COPY_BYTES = 256 * 1024;

    private final SharedSnapshot snapshot;
    private final FeatureSelection selection;
    private final ScalarType[] keyTypes;
    private final List<Share> shares = new ArrayList<>();
    private final SpineFile file = new SpineFile();
    private boolean growing = true;

    SharedSpine(SharedSnapshot snapshot, FeatureSelection selection) {
        this.snapshot = snapshot;
        this.selection = selection;
        this.keyTypes = selection.requestKeys().values().toArray(ScalarType[]::new);
        shares.add(new Share(snapshot.first()));
    }

    /** The whole rows, once all were taken. */
    SpineFile file() {
        return file;
    }

    @Override
    public void row(@Nullable Object... values) throws SQLException {
        int block = BlockJoin.blockOf((long) Objects.requireNonNull(values[0]));
        if (growing && block == shares.size()) {
            growing = snapshot.grow();
            if (growing) {
                shares.add(new Share(snapshot.connections().getLast()));
            }
        }
        shares.get(block % shares.size()).add(values);
        file.row(values);
    }

    @Override
    public void finish() throws SQLException {
        file.finish();
        for (Share share : shares) {
            share.end();
        }
        for (Share share : shares) {
            share.await();
        }
    }

    @Override
    public void close() {
        shares.forEach(Share::close);
        file.close();
    }

    /** The rows that one connection joins, copied in a thread of their own while the next are read and checked. */
    private final class Share implements AutoCloseable {

        private final Connection connection;
        private final ExecutorService copying = Executors.newSingleThreadExecutor(
                Thread.ofVirtual().name("spine-copy-", 0).factory());
        private Future<?> last;
        private RowBuffer buffer = SpineTable.buffer(selection);

        Share(Connection connection) {
            this.connection = connection;
            this.last = copying.submit(() -> execute(SpineTable.creation(selection)));
        }

        void add(@Nullable Object[] values) throws SQLException {
            buffer.startRow().int64((long) Objects.requireNonNull(values[0]));
            buffer.value(ScalarType.TIMESTAMP, values[1]);
            for (int i = 0; i < keyTypes.length; i++) {
                buffer.value(keyTypes[i], values[i + 2]);
            }
            if (buffer.sizeInBytes() >= COPY_BYTES) {
                copy();
            }
        }

        /** Begins what is left to do. */
        void end() throws SQLException {
            copy();
            await();
            last = copying.submit(() -> {
                execute(SpineTable.ORDERING);
                execute(SpineTable.STATISTICS);
                return connection;
            });
        }

        private void copy() throws SQLException {
            await();
            var full = buffer;
            buffer = SpineTable.buffer(selection);
            last = copying.submit(() -> {
                RowCopier.copy(full, connection);
                return connection;
            });
        }

        /** Waits for what was begun last: at most one buffer is on its way. */
        void await() throws SQLException {
            try {
                last.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof SQLException sql ? sql : new SQLException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new SQLException("Interrupted while a spine was copied", e);
            }
        }

        private Connection execute(String sql) throws SQLException {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            }
            return connection;
        }

        /** Waits: nobody else may use the connection while something is on its way. */
        @Override
        public void close() {
            copying.close();
        }
    }
}
