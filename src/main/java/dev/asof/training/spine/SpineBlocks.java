package dev.asof.training.spine;

import dev.asof.offline.BlockJoin;
import dev.asof.offline.PointInTimeJoin;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.FeatureSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The join of a spine that is in a file: the keys and times of a block come to Postgres when it is joined, into a
 * temporary table of its connection. So that table stays small enough to be in memory and needs no index.
 */
public final class SpineBlocks implements BlockJoin.Blocks {

    /** Whose buffers are no humongous objects in a small heap, which would set the garbage collector to work. */
    private static final int COPY_BYTES = 128 * 1024;

    private final FeatureSelection selection;
    private final BlockJoin.Blocks blocks;
    private final SpineFile file;
    private final LoadedSpine spine;

    public SpineBlocks(
            PointInTimeJoin join,
            FeatureSelection selection,
            PointInTimeJoin.Reading reading,
            SpineFile file,
            LoadedSpine spine) {
        this.selection = selection;
        this.blocks =
                join.blocks(new PointInTimeJoin.Query(SpineTable.NAME, List.of(), SpineTable.AT, selection, reading));
        this.file = file;
        this.spine = spine;
    }

    @Override
    public void prepare(Connection connection, long first, long last) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(SpineTable.emptied(selection));
        }
        try (var rows = file.readFrom(first, spine)) {
            var buffer = SpineTable.buffer(selection);
            for (long ordinal = first; ordinal <= last; ordinal++) {
                buffer.startRow().int64(ordinal);
                rows.copyTo(buffer);
                if (buffer.sizeInBytes() >= COPY_BYTES) {
                    RowCopier.copy(buffer, connection);
                    buffer = SpineTable.buffer(selection);
                }
            }
            RowCopier.copy(buffer, connection);
        }
    }

    @Override
    public String sql(BlockJoin.Rows rows) {
        return blocks.sql(rows);
    }

    @Override
    public Optional<String> agesSql(long first, long last) {
        return blocks.agesSql(first, last);
    }
}
