package dev.asof.formats;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends in an error where a file turns out to hold more than may be. */
public final class LimitedReader implements TableReader {

    private final TableReader reader;
    private final FileLimits limits;
    private long decoded;

    LimitedReader(TableReader reader, FileLimits limits) {
        this.reader = reader;
        this.limits = limits;
    }

    @Override
    public List<Column> columns() {
        return reader.columns();
    }

    @Override
    public @Nullable Object @Nullable [] next() {
        var row = reader.next();
        if (row != null) {
            limits.checkRows(reader.rowNumber());
            decoded += size(row);
            limits.checkDecoded(decoded);
        }
        return row;
    }

    /** About how many bytes a row takes. */
    public static long size(@Nullable Object[] row) {
        long size = (long) row.length * Long.BYTES;
        for (Object value : row) {
            size += size(value);
        }
        return size;
    }

    private static long size(@Nullable Object value) {
        return switch (value) {
            case String text -> text.length();
            case byte[] bytes -> bytes.length;
            case NestedValue nested -> nested.json().length();
            case List<?> list -> {
                long size = (long) list.size() * Long.BYTES;
                for (Object element : list) {
                    size += size(element);
                }
                yield size;
            }
            case null, default -> 0;
        };
    }

    @Override
    public long rowNumber() {
        return reader.rowNumber();
    }

    @Override
    public void close() {
        reader.close();
    }
}
