package dev.asof.formats;

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
     * @param type the nearest of our types, where the file says one; empty for text formats, for columns that have
     *     nothing but nulls and empty lists, and for integers that INT64 may not hold
     * @param form what its values are beyond that type
     * @param unreadable what the column is that can't be read, such as a struct; its values are then null or a
     *     {@link NestedValue}
     */
    record Column(String name, Optional<ValueType> type, Optional<ColumnForm> form, Optional<String> unreadable) {

        public Column(String name, Optional<ValueType> type) {
            this(name, type, Optional.empty(), Optional.empty());
        }
    }

    /** The columns in order. JSON and NDJSON have no header: for them only those seen so far. */
    List<Column> columns();

    /**
     * The next row, its values at the positions of {@link #columns()}; shorter when later columns are absent; null at
     * the end, however often it is asked for. CSV gives text, with null for an empty unquoted field.
     *
     * @throws dev.asof.shared.AsofException MALFORMED_REQUEST with line and position when the body can't be read on
     */
    @Nullable
    Object @Nullable [] next();

    /** The number of the row last returned, from 1. */
    long rowNumber();

    @Override
    void close();
}
