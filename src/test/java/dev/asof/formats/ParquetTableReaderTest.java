package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.AsofException;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ParquetTableReaderTest {

    private static TableReader open(byte[] file) {
        return TableReaders.unlimited().open(RowFormat.PARQUET, new ByteArrayInputStream(file));
    }

    private static List<Object> values(String field, int rows, BiConsumer<Group, Integer> fill) {
        byte[] file = ParquetFiles.of("message m { %s }".formatted(field), rows, fill);
        var values = new ArrayList<Object>();
        try (var reader = open(file)) {
            for (Object[] row = reader.next(); row != null; row = reader.next()) {
                values.add(row[0]);
            }
        }
        return values;
    }

    private static Object value(String field, BiConsumer<Group, Integer> fill) {
        return values(field, 1, fill).getFirst();
    }

    @Test
    void scalarsKeepTheirTypes() {
        assertThat(value("required int32 v;", (g, i) -> g.append("v", -7))).isEqualTo(-7);
        assertThat(value("required int32 v (INTEGER(8,true));", (g, i) -> g.append("v", -7)))
                .isEqualTo(-7);
        assertThat(value("required int32 v (INTEGER(32,false));", (g, i) -> g.append("v", -1)))
                .isEqualTo(4_294_967_295L);
        assertThat(value("required int64 v;", (g, i) -> g.append("v", Long.MIN_VALUE)))
                .isEqualTo(Long.MIN_VALUE);
        assertThat(value("required float v;", (g, i) -> g.append("v", 0.1f))).isEqualTo(0.1f);
        assertThat(value("required double v;", (g, i) -> g.append("v", 0.1))).isEqualTo(0.1);
        assertThat(value("required boolean v;", (g, i) -> g.append("v", true))).isEqualTo(true);
        assertThat(value("required binary v (STRING);", (g, i) -> g.append("v", "é😀")))
                .isEqualTo("é😀");
        assertThat((byte[]) value("required binary v;", (g, i) -> g.append("v", "ab")))
                .containsExactly('a', 'b');
        assertThat(value("required int64 v (DECIMAL(18,2));", (g, i) -> g.append("v", 1234L)))
                .isEqualTo(new BigDecimal("12.34"));
        assertThat(value(
                        "required binary v (DECIMAL(30,2));",
                        (g, i) -> g.append("v", Binary.fromConstantByteArray(new byte[] {-1, 0}))))
                .isEqualTo(new BigDecimal("-2.56"));
    }

    @Test
    void T1_timestampsAreInstantsOnlyIfTheFileSaysSo() {
        var instant = Instant.parse("2001-01-01T00:35:00.123456Z");
        long micros = 978_309_300_123_456L;
        assertThat(value("required int64 v (TIMESTAMP(MICROS,true));", (g, i) -> g.append("v", micros)))
                .isEqualTo(instant);
        assertThat(value("required int64 v (TIMESTAMP(NANOS,true));", (g, i) -> g.append("v", micros * 1000)))
                .isEqualTo(instant);
        assertThat(value("required int64 v (TIMESTAMP(MILLIS,false));", (g, i) -> g.append("v", -1L)))
                .isEqualTo(LocalDateTime.parse("1969-12-31T23:59:59.999"));
        assertThat(value("required int32 v (DATE);", (g, i) -> g.append("v", -1)))
                .isEqualTo(LocalDate.of(1969, 12, 31));
        var int96 = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(2_100_123_456_000L)
                .putInt(2_451_911);
        assertThat(value("required int96 v;", (g, i) -> g.append("v", Binary.fromConstantByteArray(int96.array()))))
                .isEqualTo(instant);
    }

    @Test
    void listsOfBothEncodingsAreRead() {
        assertThat(values("optional group v (LIST) { repeated group list { optional int32 element; } }", 4, (g, i) -> {
                    if (i > 0) {
                        var list = g.addGroup("v");
                        for (int k = 1; k < i; k++) {
                            var element = list.addGroup("list");
                            if (k > 1) {
                                element.append("element", k);
                            }
                        }
                    }
                }))
                .containsExactly(null, List.of(), Arrays.asList((Object) null), Arrays.asList(null, 2));
        assertThat(value(
                        "optional group v (LIST) { repeated int32 array; }",
                        (g, i) -> g.addGroup("v").append("array", 1).append("array", 2)))
                .isEqualTo(List.of(1, 2));
        assertThat(values("repeated binary v (STRING);", 2, (g, i) -> {
                    if (i == 0) {
                        g.append("v", "a").append("v", "b");
                    }
                }))
                .containsExactly(List.of("a", "b"), List.of());
    }

    @Test
    void columnsSayTheirTypesAndStructsHaveNone() {
        byte[] file = ParquetFiles.of(
                """
                message m { required int32 a; optional group b { required int32 x; required int32 y; }
                  optional group c (LIST) { repeated group list { optional float element; } }
                  optional group d (MAP) { repeated group key_value {
                    required binary key (STRING); optional int32 value; } }
                  optional group e (LIST) { repeated group list { optional group element (LIST) { repeated group list {
                    optional int32 element; } } } } }
                """, 1, (g, i) -> g.append("a", 1).addGroup("b").append("x", 1).append("y", 2));
        try (var reader = open(file)) {
            assertThat(reader.columns())
                    .extracting(TableReader.Column::type)
                    .containsExactly(
                            Optional.of(ScalarType.INT32),
                            Optional.empty(),
                            Optional.of(ListType.of(ScalarType.FLOAT32)),
                            Optional.empty(),
                            Optional.empty());
            var row = java.util.Objects.requireNonNull(reader.next());
            assertThat(row).startsWith(1).doesNotContain(2);
            assertThat(row[1]).isInstanceOf(NestedValue.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})
    void everyCompressionOfRowGroupsAndDictionariesIsRead(CompressionCodecName codec) {
        byte[] file =
                ParquetFiles.of("message m { optional int64 a; optional binary b (STRING); }", codec, 5_000, (g, i) -> {
                    if (i % 7 != 0) {
                        g.append("a", i * 1_000_003L);
                    }
                    g.append("b", "k" + i % 10);
                });
        try (var reader = open(file)) {
            for (int i = 0; i < 5_000; i++) {
                assertThat(reader.next()).containsExactly(i % 7 == 0 ? null : i * 1_000_003L, "k" + i % 10);
                assertThat(reader.rowNumber()).isEqualTo(i + 1);
            }
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void aRowOverAMegabyteIsRefused() {
        assertThatThrownBy(() -> value("required binary v (STRING);", (g, i) -> g.append("v", "x".repeat(2 << 20))))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("Row 1");
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        assertThatThrownBy(() -> value(
                        "required binary v (STRING);",
                        (g, i) -> g.append("v", Binary.fromConstantByteArray(new byte[] {(byte) 0xC3}))))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("UTF-8");
        assertThat(value("required binary v (STRING);", (g, i) -> g.append("v", "\uFFFD")))
                .isEqualTo("\uFFFD");
    }

    @Test
    void whatIsNotParquetIsRefused() {
        assertThatThrownBy(() -> open("a,b\n1,2\n and some more text".getBytes()))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("not a whole Parquet file");
    }
}
