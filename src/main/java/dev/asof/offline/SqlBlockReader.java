package dev.asof.offline;

import dev.asof.postgres.BlockRow;
import dev.asof.postgres.RowCopier;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;

/** Has blocks joined by Postgres; they come by binary {@code COPY}, into a file. */
final class SqlBlockReader implements BlockJoin.Reader {

    /** So few rows of a block tell how old the values of most are. */
    private static final int SAMPLE_ROWS = 500;

    /** Blocks of fewer samples than this are joined without. */
    private static final int WORTH_A_SAMPLE = 10;

    /** Further back an as-of time may have no timestamp in Postgres. */
    private static final long LONGEST_MICROS = TimeUnit.DAYS.toMicros(365_000);

    private final BlockJoin.Blocks blocks;
    private final Connection connection;

    SqlBlockReader(BlockJoin.Blocks blocks, Connection connection) {
        this.blocks = blocks;
        this.connection = connection;
    }

    @Override
    public RowBlock read(long first, long last) throws SQLException, IOException {
        var read = new RowBlock(first, (int) (last - first + 1));
        try {
            blocks.prepare(connection, first, last);
            read(first, last, read);
            read.finish();
            return read;
        } catch (SQLException | IOException | RuntimeException e) {
            BlockJoin.closeQuietly(read);
            throw e;
        }
    }

    @Override
    public void cancel() throws SQLException {
        connection.unwrap(PGConnection.class).cancelQuery();
    }

    /**
     * First those whose values are recent, as most are: a scan of the index that needn't go back to the beginning of
     * time takes half as long, and what it finds is what would be found without a limit (rule A1).
     */
    private void read(long first, long last, RowBlock into) throws SQLException, IOException {
        var ages = ages(first, last);
        if (ages.stream().noneMatch(OptionalLong::isPresent)) {
            copy(new BlockJoin.Rows.All(first, last), into);
            return;
        }
        copy(new BlockJoin.Rows.Recent(first, last, ages), into);
        long[] missing = into.missing();
        if (missing.length > 0) {
            copy(new BlockJoin.Rows.Some(missing), into);
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

    private void copy(BlockJoin.Rows some, RowBlock into) throws SQLException, IOException {
        RowCopier.read(
                blocks.sql(some),
                connection,
                (message, offset) ->
                        into.add(BlockRow.ordinal(message, offset), message, offset, message.length - offset));
    }
}
