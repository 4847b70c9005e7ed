package dev.asof.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableReaderTest {

    private static final int MEGABYTE = RequestBody.MAX_RECORD_LENGTH;

    private final TableReaders readers = TableReaders.unlimited();

    private List<List<@Nullable Object>> rows(RowFormat format, String body) {
        return rows(format, body.getBytes(StandardCharsets.UTF_8));
    }

    private List<List<@Nullable Object>> rows(RowFormat format, byte[] body) {
        return rows(format, new ByteArrayInputStream(body));
    }

    private List<List<@Nullable Object>> rows(RowFormat format, InputStream body) {
        var rows = new ArrayList<List<@Nullable Object>>();
        try (var reader = readers.open(format, body)) {
            for (@Nullable Object[] row = reader.next(); row != null; row = reader.next()) {
                rows.add(Arrays.asList(row));
            }
        }
        return rows;
    }

    private void assertMalformed(RowFormat format, byte[] body, String message) {
        assertThatThrownBy(() -> rows(format, body))
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST))
                .hasMessageContaining(message);
    }

    private void assertMalformed(RowFormat format, String body, String message) {
        assertMalformed(format, body.getBytes(StandardCharsets.UTF_8), message);
    }

    private static List<@Nullable Object> row(@Nullable Object... values) {
        return Arrays.asList(values);
    }

    @Test
    void J2_anEmptyCsvFieldIsNullAndQuotesAreTheEmptyString() {
        assertThat(rows(RowFormat.CSV, "a,b,c\n1,,\"\"\n")).containsExactly(row("1", null, ""));
    }

    @Test
    void J2_pandasUnnamedIndexColumnGetsItsPandasName() {
        try (var reader =
                readers.open(RowFormat.CSV, new ByteArrayInputStream(",a\n0,1\n".getBytes(StandardCharsets.UTF_8)))) {
            assertThat(reader.columns()).extracting(TableReader.Column::name).containsExactly("Unnamed: 0", "a");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RowFormat.class,
            names = {"JSON", "NDJSON", "CSV"})
    void theEndIsStillTheEndWhenAskedAgain(RowFormat format) {
        String body = format == RowFormat.CSV ? "a\n1\n" : "{\"rows\":[{\"a\":1}]}";
        try (var reader = readers.open(format, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)))) {
            assertThat(reader.next()).hasSize(1);
            assertThat(reader.next()).isNull();
            assertThat(reader.next()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,b\n1,\"x\"\"y\nz\"\n2,é\n",
                "a,b\r\n1,\"x\"\"y\nz\"\r\n2,é",
                "\uFEFFa,b\n1,\"x\"\"y\nz\"\n\n2,é\n"
            })
    void csvDialectsThatToolsWriteAreRead(String body) {
        assertThat(rows(RowFormat.CSV, body)).containsExactly(row("1", "x\"y\nz"), row("2", "é"));
    }

    @Test
    void malformedCsvIsRefused() {
        assertMalformed(RowFormat.CSV, "a,b\n1,2\n1,2,3\n", "Line 3");
        assertMalformed(RowFormat.CSV, "a,b\n1\n", "Line 2");
        assertMalformed(RowFormat.CSV, "a,a\n1,2\n", "'a' twice");
        assertMalformed(RowFormat.CSV, "a,b\n1,\"2\"3\n", "line");
        assertMalformed(RowFormat.CSV, "a,b\n1,\"2", "ends inside the quotes");
        assertMalformed(RowFormat.CSV, "a,b\n1,\"2\"\"", "ends inside the quotes");
        assertMalformed(RowFormat.CSV, "a,b\n1,\"2\n3,4\n5,6\n", "ends inside the quotes");
        assertMalformed(RowFormat.CSV, new byte[] {'a', '\n', (byte) 0xC3, '\n'}, "UTF-8");
        assertMalformed(RowFormat.CSV, "\n\n", "empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSON", "NDJSON", "CSV", "PARQUET"})
    void anEmptyBodyIsRefused(RowFormat format) {
        assertMalformed(format, "", "empty");
    }

    @Test
    void jsonRowsStandInAnObjectOrAnArray() {
        var expected = List.of(row(1L, "x"), row(2L, null));
        assertThat(rows(RowFormat.JSON, "{\"rows\":[{\"a\":1,\"b\":\"x\"},{\"b\":null,\"a\":2}]}"))
                .isEqualTo(expected);
        assertThat(rows(RowFormat.JSON, "[{\"a\":1,\"b\":\"x\"},{\"b\":null,\"a\":2}]"))
                .isEqualTo(expected);
        assertThat(rows(RowFormat.NDJSON, "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":null,\"a\":2}"))
                .isEqualTo(expected);
        assertThat(rows(RowFormat.JSON, "{\"rows\":[]}")).isEmpty();
    }

    @Test
    void J1_jsonNumbersKeepTheirDigits() {
        assertThat(rows(
                        RowFormat.NDJSON,
                        "{\"a\":9007199254740993,\"b\":9007199254740993.0,\"c\":1e400,\"d\":0.1,\"e\":NaN}"))
                .containsExactly(row(
                        9_007_199_254_740_993L,
                        new BigDecimal("9007199254740993.0"),
                        new BigDecimal("1E+400"),
                        0.1,
                        Double.NaN));
        assertThat(rows(RowFormat.NDJSON, "{\"a\":18446744073709551616}"))
                .containsExactly(row(new BigInteger("18446744073709551616")));
    }

    @Test
    void jsonListsAndObjectsAreValues() {
        assertThat(rows(RowFormat.NDJSON, "{\"a\":[1,null,\"x\",true,0.5],\"b\":{\"c\":[1,{}]},\"d\":[[1]]}"))
                .containsExactly(row(
                        Arrays.asList(1L, null, "x", true, 0.5),
                        new NestedValue("{\"c\":[1,{}]}"),
                        List.of(new NestedValue("[1]"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[",
                "1",
                "null",
                "{}",
                "{\"rows\":1}",
                "{\"rows\":[1]}",
                "{\"rows\":[{}]",
                "{\"rows\":[{}]} x",
                "{\"rows\":[],\"x\":1}",
                "{\"x\":1,\"rows\":[]}",
                "[{}",
                "[{}],",
                "[{\"a\":}]",
                "[{\"a\":1,}]",
                "[{'a':1}]",
                "[{\"a\":01}]"
            })
    void malformedJsonIsRefused(String body) {
        assertMalformed(RowFormat.JSON, body, "");
    }

    @Test
    void duplicateJsonKeysAreRefused() {
        assertMalformed(RowFormat.NDJSON, "{\"a\":1}\n{\"a\":1,\"a\":2}", "\"a\" twice (line 2");
        assertMalformed(RowFormat.JSON, "{\"rows\":[],\"rows\":[]}", "rows");
    }

    @Test
    void invalidUtf8InJsonIsRefused() {
        assertMalformed(RowFormat.NDJSON, new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xC3, '"', '}'}, "UTF-8");
        assertMalformed(RowFormat.NDJSON, new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xFF, '"', '}'}, "UTF-8");
    }

    @Test
    void aByteOrderMarkIsSkipped() {
        assertThat(rows(RowFormat.JSON, "\uFEFF[{\"a\":1}]")).containsExactly(row(1L));
    }

    @Test
    void aHundredMegabyteLineIsRefusedWithoutReadingItAll() {
        for (String start : List.of("a\n\"", "a\n", "a,b\n")) {
            assertRefusedEarly(RowFormat.CSV, start, "x");
            assertRefusedEarly(RowFormat.CSV, start, "x,");
        }
        for (String repeated : List.of("x", "\",\"b\":\"", "\",\"\":[")) {
            assertRefusedEarly(RowFormat.NDJSON, "{\"a\":\"", repeated);
        }
        assertRefusedEarly(RowFormat.NDJSON, "{\"a\":[1", ",1");
        assertRefusedEarly(RowFormat.NDJSON, "{\"a\":[[1", ",1");
        assertRefusedEarly(RowFormat.NDJSON, "{\"a\":1", "1");
        assertRefusedEarly(RowFormat.NDJSON, "{\"", "a");
    }

    private void assertRefusedEarly(RowFormat format, String start, String repeated) {
        var body = new EndlessBody(start, repeated);
        assertThatThrownBy(() -> rows(format, body))
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST));
        assertThat(body.served).isLessThan(4L * MEGABYTE);
    }

    @Test
    void aRecordOfAMegabyteIsRead() {
        String text = "x".repeat(MEGABYTE - 100);
        assertThat(rows(RowFormat.CSV, "a,b\n1," + text + "\n")).containsExactly(row("1", text));
        assertThat(rows(RowFormat.NDJSON, "{\"a\":\"" + text + "\"}")).containsExactly(row(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSON", "NDJSON", "CSV", "PARQUET"})
    void aConnectionThatBreaksIsReportedAsSuch(RowFormat format) {
        byte[] start = (format == RowFormat.CSV ? "a,b\n1,2\n" : "[{\"a\":1},").getBytes(StandardCharsets.UTF_8);
        InputStream breaking = new java.io.SequenceInputStream(new ByteArrayInputStream(start), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection reset");
            }
        });
        assertThatThrownBy(() -> rows(format, breaking))
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST));
    }

    /** A line that never ends. */
    private static final class EndlessBody extends InputStream {

        private final byte[] start;
        private final byte[] repeated;
        private long served;

        EndlessBody(String start, String repeated) {
            this.start = start.getBytes(StandardCharsets.UTF_8);
            this.repeated = repeated.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public int read() {
            long position = served++;
            return position < start.length
                    ? start[(int) position]
                    : repeated[(int) ((position - start.length) % repeated.length)];
        }
    }

    /** Not even what is skipped. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        JSON   | {"rows": [{"more": [%s0]}]}
        NDJSON | {"more": [%s0]}
        CSV    | "%s
        """)
    void aBodyIsReadNoFurtherWhenNobodyWantsItAnyMore(RowFormat format, String text) {
        byte[] body = text.formatted("1,".repeat(400_000)).getBytes(StandardCharsets.UTF_8);
        var in = new ByteArrayInputStream(body) {
            @Override
            public int read(byte[] buffer, int offset, int length) {
                if (pos > body.length / 2) {
                    Thread.currentThread().interrupt();
                }
                return super.read(buffer, offset, length);
            }
        };
        try {
            assertThatThrownBy(() -> {
                        try (var reader = TableReaders.unlimited().open(format, in)) {
                            reader.next();
                        }
                    })
                    .isInstanceOf(RuntimeException.class);
            assertThat(in.available()).as("what is left of it").isPositive();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
