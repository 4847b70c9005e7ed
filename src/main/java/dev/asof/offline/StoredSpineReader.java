package dev.asof.offline;

import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.shared.ScalarType;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads a spine that is a table in Postgres, with all the columns that are handed through. */
final class StoredSpineReader implements SpineReader {

    private final SqlBlockReader reader;
    private final int columns;
    private final int asOf;
    private final int[] keys;
    private final ScalarType[] keyTypes;

    /** @param query hands the as-of time and the keys through */
    StoredSpineReader(BlockJoin.Blocks blocks, PointInTimeJoin.Query query, Connection connection) {
        this.reader = new SqlBlockReader(blocks, connection);
        this.columns = query.columns().size();
        this.asOf = query.columns().indexOf(query.asOfColumn());
        var keyNames = query.selection().requestKeys();
        this.keys =
                keyNames.keySet().stream().mapToInt(query.columns()::indexOf).toArray();
        this.keyTypes = keyNames.values().toArray(ScalarType[]::new);
    }

    /** What asks for the spine's own columns. */
    static PointInTimeJoin.Query withoutFeatures(PointInTimeJoin.Query query) {
        var selection = query.selection();
        return new PointInTimeJoin.Query(
                query.spine(),
                query.columns(),
                query.asOfColumn(),
                new FeatureSelection(selection.service(), List.of(), List.of(), selection.training()),
                query.reading());
    }

    @Override
    public Block read(long first, long last) throws SQLException, IOException {
        return new Rows(reader.read(first, last));
    }

    @Override
    public void cancel() throws SQLException {
        reader.cancel();
    }

    private final class Rows implements Block {

        private final RowBlock block;
        private final BlockRow row = new BlockRow();
        private int next;

        Rows(RowBlock block) {
            this.block = block;
        }

        @Override
        public Instant nextKeys(@Nullable Object[] into) {
            block.read(next++, row);
            for (int i = 0; i < keys.length; i++) {
                into[i] = row.value(keys[i], keyTypes[i]);
            }
            return Objects.requireNonNull(row.instant(asOf));
        }

        @Override
        public void readColumns(int index, BlockRow into) {
            block.readFields(index, into, columns);
        }

        @Override
        public void close() throws IOException {
            block.close();
        }
    }
}
