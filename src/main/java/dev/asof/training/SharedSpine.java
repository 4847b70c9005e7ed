package dev.asof.training;

import dev.asof.offline.BlockJoin;
import dev.asof.offline.SharedSnapshot;
import dev.asof.registry.FeatureSelection;
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

    private final SharedSnapshot snapshot;
    private final String creation;
    private final List<BinaryCopy> shares = new ArrayList<>();
    private final SpineFile file = new SpineFile();
    private boolean growing = true;

    SharedSpine(SharedSnapshot snapshot, FeatureSelection selection) throws SQLException {
        this.snapshot = snapshot;
        this.creation = SpineTable.creation(selection);
        try {
            addShare(snapshot.first());
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
                addShare(snapshot.connections().getLast());
            }
        }
        shares.get(block % shares.size()).row(values, values.length - 1);
        file.row(values);
    }

    @Override
    public void finish() throws SQLException {
        file.finish();
        for (int i = 0; i < shares.size(); i++) {
            shares.get(i).finish();
            execute(snapshot.connections().get(i), SpineTable.ORDERING);
            execute(snapshot.connections().get(i), SpineTable.STATISTICS);
        }
    }

    private void addShare(Connection connection) throws SQLException {
        execute(connection, creation);
        shares.add(new BinaryCopy(connection, SpineTable.NAME));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        try (file) {
            for (BinaryCopy share : shares) {
                share.close();
            }
        }
    }
}
