package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ScalarType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ParquetRowWriterTest {

    private static final List<ResultColumn> COLUMNS = List.of(
            new ResultColumn("id", ScalarType.INT64),
            new ResultColumn("at", ScalarType.TIMESTAMP),
            new ResultColumn("label", ScalarType.INT64),
            new ResultColumn("n", ScalarType.INT32));

    @Test
    void J1_pandasIsToldOf64BitIntegersThatItWouldMakeFloatsOf() throws IOException {
        var footer = footer(new Object[] {1L, Instant.EPOCH, 2L, null}, new Object[] {2L, Instant.EPOCH, null, 1});

        assertThat(footer)
                .contains("{\"columns\":[{\"name\":\"at\",\"field_name\":\"at\",\"pandas_type\":\"datetimetz\","
                        + "\"numpy_type\":\"datetime64[us]\",\"metadata\":{\"timezone\":\"UTC\"}},"
                        + "{\"name\":\"label\",\"field_name\":\"label\",\"pandas_type\":\"int64\","
                        + "\"numpy_type\":\"Int64\",\"metadata\":null}],\"index_columns\":[],\"column_indexes\":[]}");
    }

    @Test
    void integersWithoutNullsNeedNoWord() throws IOException {
        assertThat(footer(new Object[] {1L, null, 2L, null})).doesNotContain("pandas");
    }

    private static String footer(@Nullable Object[]... rows) throws IOException {
        var out = new ByteArrayOutputStream();
        var writer = new ParquetRowWriter(COLUMNS, out);
        for (var row : rows) {
            writer.row(row);
        }
        writer.finish();
        return out.toString(StandardCharsets.ISO_8859_1);
    }
}
