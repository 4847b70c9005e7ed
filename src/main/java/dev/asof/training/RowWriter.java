package dev.asof.training;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes training rows in one format, holding at most a bounded part of them in memory. */
interface RowWriter extends AutoCloseable {

    /** Writes a row with the values of the columns given at the start. */
    void row(@Nullable Object[] values) throws IOException;

    /** Ends the output well and flushes it; output without it is incomplete. */
    void finish() throws IOException;

    /** Frees what the writer holds; output that was not finished stays incomplete. */
    @Override
    default void close() {}

    static RowWriter of(ResultFormat format, List<ResultColumn> columns, OutputStream out, boolean int64AsText)
            throws IOException {
        return switch (format) {
            case NDJSON -> new NdjsonWriter(columns, out, int64AsText);
            case CSV -> new CsvRowWriter(columns, out);
            case PARQUET -> new ParquetRowWriter(columns, out);
            case ARROW -> new ArrowRowWriter(columns, out);
        };
    }
}
