package dev.asof.formats;

import dev.asof.shared.JsonValues;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** One JSON object a line, values by rule J1. */
final class NdjsonWriter implements RowWriter {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .rootValueSeparator("")
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .build();

    private final List<ResultColumn> columns;
    private final JsonGenerator json;
    private final boolean int64AsText;

    NdjsonWriter(List<ResultColumn> columns, OutputStream out, boolean int64AsText) {
        this.columns = columns;
        this.json = FACTORY.createGenerator(ObjectWriteContext.empty(), out);
        this.int64AsText = int64AsText;
    }

    @Override
    public void row(@Nullable Object[] values) {
        json.writeStartObject();
        for (int i = 0; i < values.length; i++) {
            var column = columns.get(i);
            json.writeName(column.name());
            JsonValues.write(json, column.type(), values[i], int64AsText);
        }
        json.writeEndObject();
        json.writeRaw('\n');
    }

    @Override
    public void finish() {
        json.flush();
    }
}
