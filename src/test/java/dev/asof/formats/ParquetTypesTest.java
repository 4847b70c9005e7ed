package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of each of Parquet's types: one of ours, or a word of what it is. */
class ParquetTypesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        boolean v                                  | BOOLEAN
        int32 v                                    | INT32
        int32 v (INTEGER(8,true))                  | INT32
        int32 v (INTEGER(16,false))                | INT32
        int32 v (INTEGER(32,false))                | INT64
        int32 v (DATE)                             | TIMESTAMP
        int32 v (DECIMAL(9,2))                     | FLOAT64
        int32 v (TIME(MILLIS,true))                | unreadable: of Parquet's type TIME(MILLIS,true)
        int32 v (TIME_MILLIS)                      | unreadable: of Parquet's type TIME(MILLIS,true)
        int64 v                                    | INT64
        int64 v (INTEGER(64,true))                 | INT64
        int64 v (INTEGER(64,false))                | by its values
        int64 v (TIMESTAMP(MILLIS,true))           | TIMESTAMP
        int64 v (TIMESTAMP(MICROS,false))          | TIMESTAMP
        int64 v (TIMESTAMP(NANOS,true))            | TIMESTAMP
        int64 v (TIMESTAMP_MICROS)                 | TIMESTAMP
        int64 v (DECIMAL(18,2))                    | FLOAT64
        int64 v (TIME(MICROS,false))               | unreadable: of Parquet's type TIME(MICROS,false)
        int64 v (TIME(NANOS,true))                 | unreadable: of Parquet's type TIME(NANOS,true)
        int96 v                                    | TIMESTAMP
        float v                                    | FLOAT32
        double v                                   | FLOAT64
        binary v                                   | BYTES
        binary v (STRING)                          | STRING
        binary v (UTF8)                            | STRING
        binary v (ENUM)                            | STRING
        binary v (JSON)                            | STRING
        binary v (BSON)                            | unreadable: of Parquet's type BSON
        binary v (GEOMETRY)                        | unreadable: of Parquet's type GEOMETRY
        binary v (GEOGRAPHY)                       | unreadable: of Parquet's type GEOGRAPHY
        binary v (DECIMAL(76,2))                   | FLOAT64
        binary v (DECIMAL(77,2))                   | unreadable: of Parquet's type DECIMAL(77,2)
        fixed_len_byte_array(7) v                  | BYTES
        fixed_len_byte_array(16) v (UUID)          | STRING
        fixed_len_byte_array(2) v (FLOAT16)        | FLOAT32
        fixed_len_byte_array(12) v (INTERVAL)      | unreadable: of Parquet's type INTERVAL
        fixed_len_byte_array(9) v (DECIMAL(20,2))  | FLOAT64
        """)
    void everyTypeIsOneOfOursOrSaysWhatItIs(String type, String expected) {
        assertThat(readAs("optional " + type + ";")).startsWith(expected);
        String listed = type.replace(" v", " element");
        String list = readAs("optional group v (LIST) { repeated group list { optional %s; } }".formatted(listed));
        boolean isRead = !expected.startsWith("unreadable") && !expected.startsWith("by");
        assertThat(list)
                .startsWith(isRead ? expected + "_LIST" : expected.replaceFirst(":.*", ": a list of something"));
    }

    private static String readAs(String field) {
        byte[] file = ParquetFiles.of("message m { %s }".formatted(field), 1, (_, _) -> {});
        try (var reader = TableReaders.unlimited().open(RowFormat.PARQUET, new ByteArrayInputStream(file))) {
            return described(reader.columns().getFirst());
        }
    }

    private static String described(TableReader.Column column) {
        return column.unreadable()
                .map("unreadable: "::concat)
                .or(() -> column.type().map(type -> type.typeName()))
                .orElse("by its values");
    }

    /** Parquet has no durations: only the Arrow schema beside tells that a column of integers isn't one. */
    @ParameterizedTest
    @CsvSource({
        "pyarrow_durations, s, unreadable: a duration",
        "pyarrow_durations, ms, unreadable: a duration",
        "pyarrow_durations, us, unreadable: a duration",
        "pyarrow_durations, ns, unreadable: a duration",
        "pyarrow_durations, none, unreadable: a duration",
        "pyarrow_durations, dictionary, unreadable: a duration",
        "pyarrow_durations, list, unreadable: a list of durations",
        "pyarrow_durations, fixed_list, unreadable: a list of durations",
        "pyarrow_durations, time32, 'unreadable: of Parquet''s type TIME(MILLIS,false)'",
        "pyarrow_durations, number, INT64",
        "polars_durations, us, unreadable: a duration",
        "polars_durations, list, unreadable: a list of durations",
        "polars_durations, time, 'unreadable: of Parquet''s type TIME(NANOS,false)'",
        "polars_durations, number, INT64",
        "pandas_durations, td, unreadable: a duration",
        "pandas_durations, number, INT64",
        "duckdb_intervals, i, 'unreadable: of Parquet''s type INTERVAL'",
        "duckdb_intervals, t, 'unreadable: of Parquet''s type TIME(MICROS,false)'",
        "duckdb_intervals, tz, 'unreadable: of Parquet''s type TIME(MICROS,true)'",
        "duckdb_intervals, u, STRING",
        "duckdb_intervals, number, INT32"
    })
    void J2_durationsAndTimesOfDayAreNotTakenForNumbers(String file, String column, String expected) {
        var stream = ParquetTypesTest.class.getResourceAsStream("/parquet/" + file + ".parquet");
        try (var reader = TableReaders.unlimited().open(RowFormat.PARQUET, Objects.requireNonNull(stream))) {
            var found = reader.columns().stream()
                    .filter(each -> each.name().equals(column))
                    .findFirst()
                    .orElseThrow();
            assertThat(described(found)).isEqualTo(expected);
        }
    }
}
