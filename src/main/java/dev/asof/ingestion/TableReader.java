package dev.asof.ingestion;

import dev.asof.shared.ValueType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of a CSV or Parquet file, or of JSON, one after the other without holding them, as raw values that
 * {@link dev.asof.shared.ValueConverter} takes.
 */
public interface TableReader extends AutoCloseable {

    /**
     * A column of the file.
     *
     * @param type what a Parquet file says of it; empty for text formats
     */
    record Column(String name, Optional<ValueType> type) {}

    /** The columns in order. JSON and NDJSON have no header: for them only those seen so far. */
    List<Column> columns();

    /**
     * The next row, its values at the positions of {@link #columns()}; shorter when later columns are absent; null at
     * the end, however often it is asked for. CSV gives text, with null for an empty unquoted field.
     *
     * @throws dev.asof.shared.AsofException MALFORMED_REQUEST with line and position when the body can't be read on
     */
    @Nullable Object @Nullable [] next();

    /** The number of the row last returned, from 1. */
    long rowNumber();

    @Override
    void close();
}
