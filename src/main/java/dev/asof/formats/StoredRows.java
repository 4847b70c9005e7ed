package dev.asof.formats;

import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads rows back that {@link ParquetRowWriter} wrote, as values of their columns' types. */
public final class StoredRows implements AutoCloseable {

    private static final ValueConverter.Options AS_WRITTEN = new ValueConverter.Options(Optional.empty(), false, true);

    private final TableReader reader;
    private final List<ResultColumn> columns;

    public StoredRows(TableReader reader, List<ResultColumn> columns) {
        this.reader = reader;
        this.columns = columns;
    }

    /** The next row; null at the end. */
    public @Nullable Object @Nullable [] next() {
        var raw = reader.next();
        if (raw == null) {
            return null;
        }
        var row = new @Nullable Object[columns.size()];
        try {
            for (int i = 0; i < row.length; i++) {
                Object value = raw[i];
                row[i] = value == null ? null : asWritten(value, columns.get(i).type());
            }
        } catch (ValueConversionException e) {
            throw new IllegalStateException("Not as it was written", e);
        }
        return row;
    }

    private static Object asWritten(Object value, ValueType type) throws ValueConversionException {
        var sent = HandedTexts.of(value, type);
        return ValueConverter.convert(sent, type, AS_WRITTEN);
    }

    @Override
    public void close() {
        reader.close();
    }
}
