package dev.asof.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.formats.ColumnForm;
import dev.asof.formats.ResultColumn;
import dev.asof.formats.ResultFormat;
import dev.asof.formats.RowFormat;
import dev.asof.formats.RowWriter;
import dev.asof.formats.TableReaders;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.Known;
import dev.asof.registry.TrainingDefaults;
import dev.asof.shared.AsofException;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.training.spine.ColumnInference;
import dev.asof.training.spine.OpenSpine;
import dev.asof.training.spine.SpineFile;
import dev.asof.training.spine.SpineLoader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** Rule A5: a spine's own columns come back as they were, from every format into every format. */
class SpineFormatsTest {

    private static final String AT = "2026-01-01T12:00:00.000000Z";

    /** A spine read whole. */
    private record Table(List<ResultColumn> columns, List<@Nullable Object[]> rows) {

        byte[] as(ResultFormat format) {
            var out = new ByteArrayOutputStream();
            try (var writer = RowWriter.of(format, columns, out, false)) {
                for (var row : rows) {
                    writer.row(row);
                }
                writer.finish();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return out.toByteArray();
        }

        String text(ResultFormat format) {
            return new String(as(format), StandardCharsets.UTF_8);
        }

        String hash() {
            var hash = new ContentHash(columns);
            rows.forEach(hash::row);
            return hash.value();
        }

        ResultColumn column(String name) {
            return columns.stream()
                    .filter(column -> column.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Table read(RowFormat format, byte[] bytes, Map<String, ValueType> types) {
        var query = new TrainingQuery(
                new FeatureSelection(Optional.empty(), List.of(), List.of(), TrainingDefaults.NONE),
                "as_of",
                Optional.empty(),
                types,
                false,
                new Known.Latest());
        var values = switch (format) {
            case CSV -> ColumnInference.Values.TEXT;
            case JSON, NDJSON -> ColumnInference.Values.JSON;
            case PARQUET -> ColumnInference.Values.EXACT;
        };
        var reader = TableReaders.unlimited().open(format, new ByteArrayInputStream(bytes));
        try (var file = new SpineFile();
                var open = new OpenSpine(reader, values, format == RowFormat.NDJSON)) {
            var spine = new SpineLoader(open, query).load(file);
            var rows = new ArrayList<@Nullable Object[]>();
            file.forEach(spine, rows::add);
            return new Table(spine.resultColumns(), rows);
        }
    }

    private static Table csv(String text) {
        return read(RowFormat.CSV, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static Table ndjson(String fields, Map<String, ValueType> types) {
        var rows = Stream.of(fields.split("\\|"))
                .map(row -> "{\"as_of\":\"%s\",%s}\n".formatted(AT, row))
                .toList();
        return read(RowFormat.NDJSON, String.join("", rows).getBytes(StandardCharsets.UTF_8), types);
    }

    private static ValueType csvType(String... values) {
        var lines = Stream.of(values).map(value -> AT + "," + value + "\n").toList();
        return csv("as_of,x\n" + String.join("", lines)).column("x").type();
    }

    @Example
    void A5_aCsvColumnIsANumberOnlyWhereEveryValueIsWrittenAsOne() {
        assertThat(csvType("1", "-2", "0", "", "9223372036854775807")).isEqualTo(ScalarType.INT64);
        for (var text : List.of("007", "+49", "-0", "1e3", "12e4", "1 ", "9223372036854775808", "１", "1_000", "x")) {
            assertThat(csvType("1", text)).as(text).isEqualTo(ScalarType.STRING);
        }
        assertThat(csvType(
                        "1.5",
                        "100.0",
                        "1e-05",
                        "1e+16",
                        "-0.0",
                        "5e-324",
                        "1.7976931348623157e+308",
                        "",
                        "inf",
                        "NaN"))
                .isEqualTo(ScalarType.FLOAT64);
        for (var text : List.of(
                "1",
                "1.10",
                "2.00",
                "1e3",
                "1e16",
                "1E+16",
                "1e-5",
                "0.00001",
                "10000000000000000.0",
                ".5",
                "1.",
                "+1.5",
                "0.1000000000000000055",
                "1e400",
                "4.9e-324",
                "1.5f",
                "0x1p3",
                "Inf",
                "infinity",
                "")) {
            assertThat(csvType("1.5", text.isEmpty() ? "\"\"" : text)).as(text).isEqualTo(ScalarType.STRING);
        }
        assertThat(csvType("NaN", "-Infinity")).isEqualTo(ScalarType.FLOAT64);
        assertThat(csvType("nan", "inf")).isEqualTo(ScalarType.STRING);
        assertThat(csvType("true", "false", "")).isEqualTo(ScalarType.BOOLEAN);
        assertThat(csvType("True", "False")).isEqualTo(ScalarType.BOOLEAN);
        assertThat(csvType("true", "True")).isEqualTo(ScalarType.STRING);
        assertThat(csvType("true", "1")).isEqualTo(ScalarType.STRING);
        assertThat(csvType("TRUE")).isEqualTo(ScalarType.STRING);
        assertThat(csvType("", "")).isEqualTo(ScalarType.STRING);
    }

    @Example
    void A5_versionsStayAsTheyAreWritten() throws IOException {
        try (var in = Objects.requireNonNull(getClass().getResourceAsStream("/spines/versions.csv"))) {
            byte[] sent = in.readAllBytes();
            assertThat(read(RowFormat.CSV, sent, Map.of())
                            .text(ResultFormat.CSV)
                            .replace("\r\n", "\n"))
                    .isEqualTo(new String(sent, StandardCharsets.UTF_8).replace("00:00Z", "00:00.000000Z"));
        }
    }

    @Example
    void theRequestDecidesATypeOtherwise() {
        var text = "as_of,x,y\n" + AT + ",1.10,007\n" + AT + ",2,8\n";
        var types = Map.<String, ValueType>of("x", ScalarType.FLOAT64, "y", ScalarType.STRING);
        var table = read(RowFormat.CSV, text.getBytes(StandardCharsets.UTF_8), types);

        assertThat(table.rows()).extracting(row -> row[1]).containsExactly(1.1, 2.0);
        assertThat(table.text(ResultFormat.NDJSON)).contains("\"y\":\"007\"", "\"y\":\"8\"");
        assertThatThrownBy(() -> read(RowFormat.CSV, (text + AT + ",x,9\n").getBytes(StandardCharsets.UTF_8), types))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("Row 3, column 'x'");
        assertThatThrownBy(
                        () -> read(RowFormat.CSV, text.getBytes(StandardCharsets.UTF_8), Map.of("z", ScalarType.BYTES)))
                .hasMessageContaining("no column 'z'");
        assertThatThrownBy(() ->
                        read(RowFormat.CSV, text.getBytes(StandardCharsets.UTF_8), Map.of("as_of", ScalarType.STRING)))
                .hasMessageContaining("leave it out of types");
    }

    @Example
    void aNumberOfMoreDigitsThanFitIsNotWrittenOut() {
        var types = Map.<String, ValueType>of("x", ScalarType.STRING);

        assertThat(ndjson("\"x\":1e999999999|\"x\":1e-999999999|\"x\":1e30", types)
                        .rows())
                .extracting(row -> row[1])
                .containsExactly("1E+999999999", "1E-999999999", "1000000000000000000000000000000");
    }

    @Example
    void jsonNumbersKeepTheirDigitsOrAreRefused() {
        assertThat(ndjson("\"x\":0.1|\"x\":1e22|\"x\":\"NaN\"|\"x\":NaN|\"x\":0.10000000000000001", Map.of())
                        .rows())
                .extracting(row -> row[1])
                .containsExactly(0.1, 1e22, Double.NaN, Double.NaN, 0.1);
        assertThat(ndjson("\"x\":9223372036854775807|\"x\":null", Map.of()).text(ResultFormat.NDJSON))
                .contains("\"x\":9223372036854775807}");
        assertThat(ndjson("\"x\":\"NaN\"|\"x\":\"Infinity\"", Map.of())
                        .column("x")
                        .type())
                .isEqualTo(ScalarType.STRING);
        for (var wrong :
                List.of("1e400", "123456789012345678901", "0.12345678901234567890", "12345678901234567.12345")) {
            assertThatThrownBy(() -> ndjson("\"x\":" + wrong, Map.of()))
                    .as(wrong)
                    .hasMessageContaining("send it as text");
        }
        assertThat(ndjson("\"x\":0.12345678901234567890", Map.of("x", ScalarType.FLOAT64))
                        .rows()
                        .getFirst())
                .contains(0.12345678901234568);
        assertThatThrownBy(() -> ndjson("\"x\":\"NaN\"|\"x\":9007199254740993", Map.of()))
                .hasMessageContaining("past 2^53");
    }

    @Example
    void A5_decimalsDaysAndWideIntegersStayExact() throws IOException {
        var decimal = resource("decimal_spine.parquet");
        assertThat(decimal.column("big").form()).contains(new ColumnForm.Decimal(20, 0));
        assertThat(decimal.text(ResultFormat.NDJSON)).contains("\"big\":\"9007199254740993\"");
        assertThat(decimal.text(ResultFormat.CSV)).contains(",9007199254740993\r\n");
        assertThat(parquetAgain(decimal)).isEqualTo(decimal.columns());

        var wide = new ColumnInference(ColumnInference.Values.EXACT);
        wide.add(1L);
        wide.add(new BigInteger("18446744073709551615"));
        assertThat(wide.form()).contains(new ColumnForm.Decimal(20, 0));
        var small = new ColumnInference(ColumnInference.Values.EXACT);
        small.add(1L);
        assertThat(small.type()).isEqualTo(ScalarType.INT64);
        var mixed = new ColumnInference(ColumnInference.Values.EXACT);
        mixed.add(new BigDecimal("1.5"));
        mixed.add(new BigDecimal("-22.125"));
        assertThat(mixed.form()).contains(new ColumnForm.Decimal(5, 3));
        mixed.add(Double.NaN);
        assertThat(mixed.type()).isEqualTo(ScalarType.STRING);
        assertThat(mixed.form()).isEmpty();
    }

    @Example
    void columnsWithoutATypeAreNull() throws IOException {
        var table = resource("all_none_label_spine.parquet");

        assertThat(table.text(ResultFormat.NDJSON)).contains("\"label\":null");
        assertThat(parquetAgain(table)).isEqualTo(table.columns());
    }

    private static List<ResultColumn> parquetAgain(Table table) {
        return read(RowFormat.PARQUET, table.as(ResultFormat.PARQUET), Map.of()).columns();
    }

    private static Table resource(String name) throws IOException {
        try (var in = Objects.requireNonNull(SpineFormatsTest.class.getResourceAsStream("/parquet/" + name))) {
            return read(RowFormat.PARQUET, in.readAllBytes(), Map.of());
        }
    }

    @Property(tries = 300)
    void A5_whatAsofWritesItReadsAsTheSame(@ForAll("tables") Table table) {
        var parquet = read(RowFormat.PARQUET, table.as(ResultFormat.PARQUET), Map.of());
        assertThat(parquet.columns()).isEqualTo(table.columns());
        assertThat(parquet.hash()).isEqualTo(table.hash());

        var lines = table.text(ResultFormat.NDJSON);
        assertThat(read(RowFormat.NDJSON, lines.getBytes(StandardCharsets.UTF_8), Map.of())
                        .text(ResultFormat.NDJSON))
                .isEqualTo(lines);

        var csv = table.text(ResultFormat.CSV);
        assertThat(csv(csv).text(ResultFormat.CSV)).isEqualTo(csv);
        assertThat(table.as(ResultFormat.ARROW)).isNotEmpty();
    }

    @Provide
    Arbitrary<Table> tables() {
        return Arbitraries.of(columns()).list().ofMinSize(1).ofMaxSize(6).flatMap(chosen -> {
            var columns = new ArrayList<>(List.of(new ResultColumn("as_of", ScalarType.TIMESTAMP)));
            for (int i = 0; i < chosen.size(); i++) {
                columns.add(new ResultColumn(
                        "c" + i, chosen.get(i).type(), chosen.get(i).form()));
            }
            var values = columns.stream()
                    .map(column -> column.name().equals("as_of") ? instants() : values(column))
                    .toList();
            return Combinators.combine(values)
                    .as(cells -> (@Nullable Object[]) cells.toArray())
                    .list()
                    .ofMinSize(1)
                    .ofMaxSize(8)
                    .map(rows -> new Table(columns, rows));
        });
    }

    private static List<ResultColumn> columns() {
        var columns = new ArrayList<ResultColumn>();
        for (var scalar : ScalarType.values()) {
            columns.add(new ResultColumn("", scalar));
            columns.add(new ResultColumn("", ListType.of(scalar)));
        }
        for (ColumnForm form :
                List.of(new ColumnForm.Decimal(9, 2), new ColumnForm.Decimal(76, 38), new ColumnForm.Date())) {
            columns.add(new ResultColumn("", ScalarType.STRING, Optional.of(form)));
            columns.add(new ResultColumn("", ListType.of(ScalarType.STRING), Optional.of(form)));
        }
        return columns;
    }

    private static Arbitrary<Object> values(ResultColumn column) {
        return switch (column.type()) {
            case ScalarType scalar -> scalars(column, scalar).injectNull(0.2);
            case ListType list ->
                scalars(column, list.element())
                        .injectNull(0.2)
                        .list()
                        .ofMaxSize(3)
                        .map(Object.class::cast)
                        .injectNull(0.2);
        };
    }

    private static Arbitrary<Object> scalars(ResultColumn column, ScalarType type) {
        return column.form().map(SpineFormatsTest::texts).orElseGet(() -> scalars(type));
    }

    private static Arbitrary<Object> texts(ColumnForm form) {
        return switch (form) {
            case ColumnForm.Decimal decimal ->
                Arbitraries.bigIntegers()
                        .between(
                                BigInteger.TEN.pow(decimal.precision()).negate().add(BigInteger.ONE),
                                BigInteger.TEN.pow(decimal.precision()).subtract(BigInteger.ONE))
                        .map(digits -> new BigDecimal(digits, decimal.scale()).toPlainString());
            case ColumnForm.Date _ ->
                Arbitraries.longs()
                        .between(-800_000, 800_000)
                        .map(day -> LocalDate.ofEpochDay(day).toString());
        };
    }

    private static Arbitrary<Object> scalars(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> Arbitraries.of(true, false).map(Object.class::cast);
            case INT32 -> Arbitraries.integers().map(Object.class::cast);
            case INT64 -> Arbitraries.longs().map(Object.class::cast);
            case FLOAT32 ->
                Arbitraries.oneOf(
                                Arbitraries.integers().map(Float::intBitsToFloat),
                                Arbitraries.of(Float.NaN, Float.NEGATIVE_INFINITY, -0f, 0.1f, Float.MIN_VALUE))
                        .map(value -> value.isNaN() ? Float.NaN : value);
            case FLOAT64 ->
                Arbitraries.oneOf(
                                Arbitraries.longs().map(Double::longBitsToDouble),
                                Arbitraries.of(
                                        Double.NaN,
                                        Double.NEGATIVE_INFINITY,
                                        -0.0,
                                        1e16,
                                        1e-5,
                                        100.0,
                                        Double.MIN_VALUE))
                        .map(value -> value.isNaN() ? Double.NaN : value);
            case STRING ->
                Arbitraries.oneOf(
                                Arbitraries.of(
                                        "",
                                        "NaN",
                                        "1",
                                        "007",
                                        "1.10",
                                        "1e-05",
                                        "true",
                                        "null",
                                        "a,\"b\"\r\nc",
                                        "é😀",
                                        " x "),
                                Arbitraries.strings()
                                        .ascii()
                                        .excludeChars('\0')
                                        .ofMaxLength(8)
                                        .filter(text -> !text.matches("(?i)nan|[+-]?inf|true|false")))
                        .map(Object.class::cast);
            case BYTES -> Arbitraries.bytes().array(byte[].class).ofMaxSize(9).map(Object.class::cast);
            case TIMESTAMP -> instants();
        };
    }

    private static Arbitrary<Object> instants() {
        return Arbitraries.longs()
                .between(-60_000_000_000_000_000L, 60_000_000_000_000_000L)
                .map(dev.asof.shared.Timestamps::ofMicros);
    }
}
