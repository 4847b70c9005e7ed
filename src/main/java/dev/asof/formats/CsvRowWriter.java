package dev.asof.formats;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import de.siegmar.fastcsv.writer.QuoteStrategies;
import dev.asof.shared.FloatText;
import dev.asof.shared.JsonValues;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * RFC 4180 with a header: null is an empty field, the empty string {@code ""}, a float what pandas writes for it, a list
 * its JSON.
 */
final class CsvRowWriter implements RowWriter {

    private static final JsonFactory JSON = new JsonFactory();

    private final List<ResultColumn> columns;
    private final CsvWriter csv;

    CsvRowWriter(List<ResultColumn> columns, OutputStream out) {
        this.columns = columns;
        this.csv = CsvWriter.builder()
                .quoteStrategy(QuoteStrategies.EMPTY)
                .lineDelimiter(LineDelimiter.CRLF)
                .build(out);
        csv.writeRecord(columns.stream().map(ResultColumn::name).toList());
    }

    @Override
    public void row(@Nullable Object[] values) {
        var line = csv.writeRecord();
        for (int i = 0; i < values.length; i++) {
            line.writeField(text(columns.get(i).type(), values[i]));
        }
        line.endRecord();
    }

    @Override
    public void finish() throws IOException {
        csv.flush();
    }

    private static @Nullable String text(ValueType type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case ListType list -> json(list, value);
            case ScalarType scalar ->
                switch (scalar) {
                    case BOOLEAN, INT32, INT64, STRING -> value.toString();
                    case FLOAT32 -> FloatText.of((float) (Float) value);
                    case FLOAT64 -> FloatText.of((double) (Double) value);
                    case BYTES -> Base64.getEncoder().encodeToString((byte[]) value);
                    case TIMESTAMP -> Timestamps.format((Instant) value);
                };
        };
    }

    private static String json(ListType type, Object value) {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            JsonValues.write(json, type, value, false);
        }
        return text.toString();
    }
}
