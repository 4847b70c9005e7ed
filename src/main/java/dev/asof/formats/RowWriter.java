package dev.asof.formats;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes training rows in one format, holding at most a bounded part of them in memory. */
public interface RowWriter extends AutoCloseable {

    /**
     * Writes a row with the values of the columns given at the start. It may be kept for a while, so it must not be
     * changed any more.
     */
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
            case ARROW -> {
                requireOpenBuffers();
                yield new ArrowRowWriter(columns, out);
            }
        };
    }

    /** Arrow's memory is reached by the inside of the JDK; an IDE starts Java without what allows it. */
    private static void requireOpenBuffers() {
        if (!ByteBuffer.class.getModule().isOpen(ByteBuffer.class.getPackageName(), RowWriter.class.getModule())) {
            throw new AsofException(
                    ErrorCode.INTERNAL,
                    "Arrow needs a server whose Java was started with --add-opens=java.base/java.nio=ALL-UNNAMED,"
                            + " as the jar and Maven do; ask for parquet, or start it so");
        }
    }
}
