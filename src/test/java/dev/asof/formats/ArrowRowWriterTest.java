package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArrowRowWriterTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] END_OF_STREAM = HEX.parseHex("ffffffff00000000");

    private record Read(List<String> schema, List<Integer> batches, List<List<@Nullable Object>> rows) {}

    @AfterEach
    void nothingIsLeftInMemory() {
        assertThat(ArrowRowWriter.MEMORY.getAllocatedMemory()).isZero();
        assertThat(ArrowRowWriter.MEMORY.getChildAllocators()).isEmpty();
    }

    @Test
    void everyTypeKeepsItsValuesAndNulls() throws IOException {
        var columns = new ArrayList<ResultColumn>();
        var full = new ArrayList<@Nullable Object>();
        for (ScalarType type : ScalarType.values()) {
            columns.add(new ResultColumn(type.name(), type));
            full.add(value(type));
            columns.add(new ResultColumn(type + "_LIST", ListType.of(type)));
            full.add(Arrays.asList(value(type), null, value(type)));
        }
        var empty = columns.stream()
                .<@Nullable Object>map(column -> column.type() instanceof ListType ? List.of() : null)
                .toList();
        var nulls = Arrays.asList(new @Nullable Object[columns.size()]);

        var read = read(written(columns, List.of(nulls, full, empty, nulls)));

        assertThat(comparable(read.rows())).isEqualTo(comparable(List.of(nulls, full, empty, nulls)));
        assertThat(read.schema())
                .containsExactly(
                        "BOOLEAN: Bool",
                        "BOOLEAN_LIST: List<item: Bool>",
                        "INT32: Int(32, true)",
                        "INT32_LIST: List<item: Int(32, true)>",
                        "INT64: Int(64, true)",
                        "INT64_LIST: List<item: Int(64, true)>",
                        "FLOAT32: FloatingPoint(SINGLE)",
                        "FLOAT32_LIST: List<item: FloatingPoint(SINGLE)>",
                        "FLOAT64: FloatingPoint(DOUBLE)",
                        "FLOAT64_LIST: List<item: FloatingPoint(DOUBLE)>",
                        "STRING: Utf8",
                        "STRING_LIST: List<item: Utf8>",
                        "BYTES: Binary",
                        "BYTES_LIST: List<item: Binary>",
                        "TIMESTAMP: Timestamp(MICROSECOND, UTC)",
                        "TIMESTAMP_LIST: List<item: Timestamp(MICROSECOND, UTC)>");
    }

    private static Object value(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> true;
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> 9_007_199_254_740_993L;
            case FLOAT32 -> Float.NaN;
            case FLOAT64 -> -0.0;
            case STRING -> "é\u0001😀";
            case BYTES -> HEX.parseHex("00ff");
            case TIMESTAMP -> Timestamps.MAX;
        };
    }

    /** With hexadecimal for bytes, which are equal by identity only. */
    private static @Nullable Object comparable(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case byte[] bytes -> HEX.formatHex(bytes);
            case List<?> list ->
                list.stream()
                        .<@Nullable Object>map(ArrowRowWriterTest::comparable)
                        .toList();
            default -> value;
        };
    }

    @Test
    void extremesOfTimeAndNumberAreExact() throws IOException {
        var columns = List.of(
                new ResultColumn("n", ScalarType.INT64),
                new ResultColumn("t", ScalarType.TIMESTAMP),
                new ResultColumn("s", ScalarType.STRING));
        List<List<@Nullable Object>> rows = List.of(
                List.of(Long.MIN_VALUE, Timestamps.MIN, ""),
                List.of(Long.MAX_VALUE, Instant.parse("1969-12-31T23:59:59.999999Z"), "x"));

        assertThat(read(written(columns, rows)).rows()).isEqualTo(rows);
    }

    @Test
    void noRowsAreASchemaAndAnEnd() throws IOException {
        var written = written(List.of(new ResultColumn("a", ScalarType.INT64)), List.of());

        assertThat(read(written)).isEqualTo(new Read(List.of("a: Int(64, true)"), List.of(), List.of()));
        assertThat(written).endsWith(END_OF_STREAM);
    }

    @Test
    void batchesAreOfBoundedRows() throws IOException {
        var rows = IntStream.range(0, ArrowRowWriter.BATCH_ROWS * 2 + 1)
                .mapToObj(i -> Arrays.<@Nullable Object>asList(i % 3 == 0 ? null : i))
                .toList();

        var read = read(written(List.of(new ResultColumn("a", ScalarType.INT32)), rows));

        assertThat(read.batches()).containsExactly(ArrowRowWriter.BATCH_ROWS, ArrowRowWriter.BATCH_ROWS, 1);
        assertThat(read.rows()).isEqualTo(rows);
    }

    @Test
    void batchesAreOfBoundedBytes() throws IOException {
        var text = "x".repeat(ArrowRowWriter.BATCH_BYTES / 4);
        var columns = List.of(
                new ResultColumn("s", ScalarType.STRING), new ResultColumn("l", ListType.of(ScalarType.STRING)));
        var rows = IntStream.range(0, 50)
                .mapToObj(i -> i % 2 == 0
                        ? Arrays.<@Nullable Object>asList(text, List.of())
                        : Arrays.<@Nullable Object>asList(null, List.of("", text)))
                .toList();
        var out = new ByteArrayOutputStream();
        try (var writer = new ArrowRowWriter(columns, out)) {
            for (var row : rows) {
                writer.row(row.toArray());
                assertThat(ArrowRowWriter.MEMORY.getAllocatedMemory()).isLessThan(8L * ArrowRowWriter.BATCH_BYTES);
            }
            writer.finish();
        }

        var read = read(out.toByteArray());
        assertThat(read.batches())
                .hasSize(13)
                .allSatisfy(size -> assertThat(size).isBetween(2, 4));
        assertThat(read.rows()).isEqualTo(rows);
    }

    @Test
    void aThousandColumnsMakeSmallBatches() throws IOException {
        var columns = IntStream.range(0, 1_000)
                .mapToObj(i -> new ResultColumn("c" + i, ScalarType.FLOAT64))
                .toList();
        var row = columns.stream().<@Nullable Object>map(column -> 1.5).toList();

        var read = read(written(columns, Collections.nCopies(300, row)));

        assertThat(read.batches()).allSatisfy(size -> assertThat(size * 8_000L).isLessThan(ArrowRowWriter.BATCH_BYTES));
        assertThat(read.rows()).hasSize(300).allSatisfy(each -> assertThat(each).isEqualTo(row));
    }

    @Test
    void whatIsNotFinishedHasNoEnd() throws IOException {
        var out = new ByteArrayOutputStream();
        try (var writer = new ArrowRowWriter(List.of(new ResultColumn("a", ScalarType.INT32)), out)) {
            for (int i = 0; i < ArrowRowWriter.BATCH_ROWS + 1; i++) {
                writer.row(new Object[] {i});
            }
        }

        var batch = HEX.formatHex(out.toByteArray());
        assertThat(out.size()).isGreaterThan(4 * ArrowRowWriter.BATCH_ROWS);
        assertThat(batch).doesNotEndWith(HEX.formatHex(END_OF_STREAM));
    }

    @Test
    void whatIsHeldIsFreedWhenTheClientIsGone() {
        var gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("gone");
            }
        };
        assertThatThrownBy(() -> {
                    try (var writer = new ArrowRowWriter(List.of(new ResultColumn("a", ScalarType.STRING)), gone)) {
                        for (int i = 0; i <= ArrowRowWriter.BATCH_ROWS; i++) {
                            writer.row(new Object[] {"text"});
                        }
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessage("gone");
    }

    private static byte[] written(List<ResultColumn> columns, List<? extends List<@Nullable Object>> rows)
            throws IOException {
        var out = new ByteArrayOutputStream();
        try (var writer = new ArrowRowWriter(columns, out)) {
            for (var row : rows) {
                writer.row(row.toArray());
            }
            writer.finish();
        }
        return out.toByteArray();
    }

    private static Read read(byte[] stream) throws IOException {
        var batches = new ArrayList<Integer>();
        var rows = new ArrayList<List<@Nullable Object>>();
        try (var memory = ArrowRowWriter.MEMORY.newChildAllocator("test", 0, Long.MAX_VALUE);
                var reader = new ArrowStreamReader(new ByteArrayInputStream(stream), memory)) {
            var root = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                batches.add(root.getRowCount());
                for (int i = 0; i < root.getRowCount(); i++) {
                    var row = new ArrayList<@Nullable Object>();
                    for (FieldVector vector : root.getFieldVectors()) {
                        row.add(value(vector, i));
                    }
                    rows.add(row);
                }
            }
            var schema =
                    root.getSchema().getFields().stream().map(Field::toString).toList();
            return new Read(schema, batches, rows);
        }
    }

    private static @Nullable Object value(FieldVector vector, int at) {
        if (vector.isNull(at)) {
            return null;
        }
        return switch (vector) {
            case TimeStampMicroTZVector times -> Timestamps.ofMicros(times.get(at));
            case VarCharVector texts -> texts.getObject(at).toString();
            case ListVector lists ->
                IntStream.range(lists.getElementStartIndex(at), lists.getElementEndIndex(at))
                        .<@Nullable Object>mapToObj(i -> value(lists.getDataVector(), i))
                        .toList();
            case BitVector bits -> bits.get(at) == 1;
            default -> vector.getObject(at);
        };
    }
}
