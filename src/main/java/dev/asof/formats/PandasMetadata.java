package dev.asof.formats;

import dev.asof.shared.ScalarType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * What pandas looks for in a Parquet file's footer. Without it pandas makes floats of 64-bit integers where one is null,
 * which are wrong beyond 2^53; with it they are its {@code Int64}. Timestamps are named too because fastparquet, unlike
 * pyarrow, takes every timestamp's zone from here as soon as there is any of it.
 */
record PandasMetadata(List<Column> columns, List<String> indexColumns, List<String> columnIndexes) {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /** The key in the footer. */
    static final String KEY = "pandas";

    record Column(
            String name,
            String fieldName,
            String pandasType,
            String numpyType,
            @Nullable Map<String, String> metadata) {}

    /**
     * As JSON, for the footer.
     *
     * @param integers columns of INT64 with nulls
     */
    static String of(List<ResultColumn> columns, List<ResultColumn> integers) {
        var described = new ArrayList<Column>();
        for (ResultColumn column : columns) {
            if (integers.contains(column)) {
                described.add(new Column(column.name(), column.name(), "int64", "Int64", null));
            } else if (column.type() == ScalarType.TIMESTAMP) {
                described.add(new Column(
                        column.name(), column.name(), "datetimetz", "datetime64[us]", Map.of("timezone", "UTC")));
            }
        }
        return MAPPER.writeValueAsString(new PandasMetadata(described, List.of(), List.of()));
    }
}
