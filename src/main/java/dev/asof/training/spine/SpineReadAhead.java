package dev.asof.training.spine;

import dev.asof.formats.TableReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file whose columns are known from the beginning, read while its rows are checked. */
final class SpineReadAhead implements TableReader {

    private final TableReader file;
    private final List<Column> columns;
    private final RowsAhead rows;
    private long rowNumber;

    SpineReadAhead(TableReader file) {
        this.file = file;
        this.columns = file.columns();
        this.rows = new RowsAhead("spine-rows", file::next);
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        try {
            var row = rows.next();
            rowNumber += row == null ? 0 : 1;
            return row;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("A file is no database", e);
        }
    }

    @Override
    public long rowNumber() {
        return rowNumber;
    }

    @Override
    public void close() {
        rows.close();
        file.close();
    }
}
