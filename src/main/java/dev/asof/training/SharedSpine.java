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

    SharedSpine(SharedSnapshot snapshot, FeatureSelection selection) throws SQLException {
        this.snapshot = snapshot;
        this.selection = selection;
        this.keyTypes = selection.requestKeys().values().toArray(ScalarType[]::new);
        try {
            shares.add(new Share(snapshot.first()));
        } catch (SQLException | RuntimeException e) {
            file.close();
            throw e;
        }
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
            share.finish();
        }
    }

    @Override
    public void close() {
        file.close();
    }

    /** The rows that one connection joins. */
    private final class Share {

        private final Connection connection;
        private RowBuffer buffer = SpineTable.buffer(selection);

        Share(Connection connection) throws SQLException {
            this.connection = connection;
            execute(SpineTable.creation(selection));
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

        void finish() throws SQLException {
            copy();
            execute(SpineTable.ORDERING);
            execute(SpineTable.STATISTICS);
        }

        private void copy() throws SQLException {
            RowCopier.copy(buffer, connection);
            buffer = SpineTable.buffer(selection);
        }

        private void execute(String sql) throws SQLException {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }
    }
}
