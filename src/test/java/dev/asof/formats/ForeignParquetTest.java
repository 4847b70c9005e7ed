package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import io.airlift.compress.lz4.Lz4Compressor;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that pandas, pyarrow, polars and DuckDB wrote, in {@code src/test/resources/parquet}. */
class ForeignParquetTest {

    private record Table(Map<String, TableReader.Column> columns, Map<String, List<Object>> values) {

        Optional<ValueType> type(String name) {
            return column(name).type();
        }

        TableReader.Column column(String name) {
            return Objects.requireNonNull(columns.get(name));
        }

        List<Object> values(String name) {
            return Objects.requireNonNull(values.get(name));
        }
    }

    private static Table read(String file) {
        var stream = ForeignParquetTest.class.getResourceAsStream("/parquet/" + file);
        try (var reader = TableReaders.unlimited().open(RowFormat.PARQUET, Objects.requireNonNull(stream))) {
            var columns = new HashMap<String, TableReader.Column>();
            var values = new HashMap<String, List<Object>>();
            for (var column : reader.columns()) {
                columns.put(column.name(), column);
                values.put(column.name(), new ArrayList<>());
            }
            for (var row = reader.next(); row != null; row = reader.next()) {
                for (int i = 0; i < row.length; i++) {
                    Objects.requireNonNull(values.get(reader.columns().get(i).name()))
                            .add(row[i]);
                }
            }
            return new Table(columns, values);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pyarrow_v1_snappy.parquet", "pyarrow_v2_brotli.parquet"})
    void everyTypeOfPyarrowIsRead(String file) {
        var table = read(file);
        var values = table.values();

        assertThat(table.columns().values())
                .allSatisfy(column -> assertThat(column.unreadable()).isEmpty());
        assertThat(values.get("nothing")).containsOnlyNulls();
        assertThat(table.type("nothing")).isEmpty();
        assertThat(values.get("empty_lists")).containsExactly(List.of(), null, List.of());
        assertThat(values.get("null_lists")).containsExactly(Arrays.asList((Object) null), null, List.of());
        assertThat(values.get("half")).containsExactly(1.5f, -65504f, Float.NaN);
        assertThat(table.type("half")).contains(ScalarType.FLOAT32);
        assertThat(values.get("halves")).containsExactly(Arrays.asList(1.5f, null), List.of(), null);
        assertThat(table.type("embedding")).contains(ListType.of(ScalarType.FLOAT32));
        assertThat(values.get("embedding")).containsExactly(List.of(0f, 1f), List.of(2f, 3f), List.of(4f, 5f));
        assertThat(values.get("decimal256"))
                .containsExactly(
                        new BigDecimal("1.100"),
                        new BigDecimal("-12345678901234567890123456789012345678901234567.125"),
                        null);
        assertThat(table.column("decimal256").form()).contains(new ColumnForm.Decimal(50, 3));
        assertThat(values.get("decimals")).containsExactly(List.of(new BigDecimal("1.10")), List.of(), null);
        assertThat(values.get("large")).containsExactly("a", "", null);
        assertThat(values.get("view")).containsExactly("a", "a text longer than twelve bytes", null);
        assertThat(values.get("category")).containsExactly("a", "b", "a");
        assertThat(values.get("byte")).containsExactly(1, -128, null);
        assertThat(values.get("unsigned")).containsExactly(1L, new BigInteger("18446744073709551615"), null);
        assertThat(values.get("day")).containsExactly(LocalDate.of(2026, 3, 1), LocalDate.of(1582, 10, 4), null);
        assertThat(values.get("seconds"))
                .containsExactly(
                        LocalDateTime.parse("1970-01-01T00:00:01"), LocalDateTime.parse("1969-12-31T23:59:59"), null);
        assertThat(values.get("millis"))
                .containsExactly(
                        Instant.parse("1970-01-01T00:00:00.001Z"), Instant.parse("1969-12-31T23:59:59.999Z"), null);
        assertThat(values.get("nanos"))
                .containsExactly(
                        Instant.parse("1970-01-01T00:00:00.000001Z"),
                        Instant.parse("1969-12-31T23:59:59.999999Z"),
                        null);
        assertThat((byte[]) table.values("fixed").getFirst()).asString().isEqualTo("ab");
    }

    @Test
    void polarsIntegersOf128BitsAreIntegers() {
        var table = read("polars.parquet");

        assertThat(table.values().get("wide"))
                .containsExactly(1L, BigInteger.TWO.pow(100).negate(), null);
        assertThat(table.values().get("small")).containsExactly(1L, -2L, Long.MAX_VALUE);
        assertThat(table.values().get("unsigned")).containsExactly(BigInteger.TWO.pow(127), 2L, null);
        assertThat(table.values().get("list")).containsExactly(List.of(BigInteger.TWO.pow(63)), List.of(), null);
        assertThat(table.values().get("array")).containsExactly(List.of(1f, 2f), List.of(3f, 4f), null);
        assertThat(table.values().get("half")).containsExactly(1.5f, null, 2f);
        assertThat(table.values().get("nothing")).containsOnlyNulls();
        assertThat(table.values().get("category")).containsExactly("x", "y", null);
        assertThat(table.values().get("enum")).containsExactly("x", "y", null);
        assertThat(table.values("sixteen").getFirst()).isInstanceOf(byte[].class);
    }

    @Test
    void typesOfDuckDbAreRead() {
        var values = read("duckdb_brotli.parquet").values();

        assertThat(values.get("n")).containsOnlyNulls();
        assertThat(values.get("e")).containsExactly(List.of());
        assertThat(values.get("ln")).containsExactly(Arrays.asList((Object) null));
        assertThat(values.get("d")).containsExactly(new BigDecimal("1.5000000000"));
        assertThat(values.get("dt")).containsExactly(LocalDate.of(2020, 1, 1));
        assertThat(values.get("u")).containsExactly("123e4567-e89b-12d3-a456-426614174000");
        assertThat(values.get("arr")).containsExactly(List.of(1f, 2f));
        assertThat(values.get("j")).containsExactly("{\"a\":1}");
        assertThat(values.get("tsn")).containsExactly(LocalDateTime.parse("2020-01-01T00:00:00.123456"));
    }

    @Test
    void encodingsCompressionsAndFilesWithoutRowsAreRead() {
        assertThat(read("pyarrow_delta.parquet").values())
                .containsEntry("n", List.of(1L, 2L, 3L))
                .containsEntry("text", List.of("aa", "aab", "aabc"))
                .containsEntry("real", List.of(1.5, 2.5, -0.0));
        assertThat(read("pyarrow_lz4.parquet").values()).containsEntry("byte", Arrays.asList(1, -128, null));
        assertThat(read("pyarrow_no_rows.parquet").values()).containsEntry("byte", List.of());
    }

    @Test
    void columnsThatCanNotBeReadSayWhatTheyAre() {
        var table = read("pyarrow_unreadable.parquet");

        assertThat(table.column("s").unreadable()).hasValue("a struct");
        assertThat(table.column("m").unreadable())
                .hasValueSatisfying(what -> assertThat(what).contains("MAP"));
        assertThat(table.column("ll").unreadable())
                .hasValueSatisfying(what -> assertThat(what).contains("list"));
        assertThat(table.column("t").unreadable())
                .hasValueSatisfying(what -> assertThat(what).contains("TIME"));
        assertThat(table.column("k").unreadable()).isEmpty();
    }

    @Test
    void lz4IsReadInHadoopsFramesAndWithoutThem() throws Exception {
        byte[] plain = "to be read, to be read, to be read".repeat(50).getBytes(StandardCharsets.UTF_8);

        assertThat(decompressed(frames(plain, 400), plain.length)).isEqualTo(plain);
        assertThat(decompressed(frames(plain, plain.length), plain.length)).isEqualTo(plain);
        assertThat(decompressed(block(plain), plain.length)).isEqualTo(plain);
    }

    private static byte[] decompressed(byte[] compressed, int length) throws IOException {
        return new ParquetCodecs()
                .getDecompressor(CompressionCodecName.LZ4)
                .decompress(BytesInput.from(compressed), length)
                .toByteArray();
    }

    /** Frames of some bytes, each in two parts. */
    private static byte[] frames(byte[] plain, int frame) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        for (int from = 0; from < plain.length; from += frame) {
            int end = Math.min(plain.length, from + frame);
            int middle = (from + end) / 2;
            out.writeInt(end - from);
            for (byte[] part :
                    List.of(Arrays.copyOfRange(plain, from, middle), Arrays.copyOfRange(plain, middle, end))) {
                byte[] compressed = block(part);
                out.writeInt(compressed.length);
                out.write(compressed);
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] block(byte[] plain) {
        var compressor = new Lz4Compressor();
        byte[] compressed = new byte[compressor.maxCompressedLength(plain.length)];
        int length = compressor.compress(plain, 0, plain.length, compressed, 0, compressed.length);
        return Arrays.copyOf(compressed, length);
    }
}
