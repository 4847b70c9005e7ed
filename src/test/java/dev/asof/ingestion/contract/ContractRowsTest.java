package dev.asof.ingestion.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.formats.FileLimits;
import dev.asof.formats.FileTableReaders;
import dev.asof.formats.ParquetFiles;
import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReaders;
import dev.asof.registry.Expectation;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.Metadata;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceColumn;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.VersionState;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureViewName;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.SourceName;
import dev.asof.shared.ViewVersion;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class ContractRowsTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T08:00:00Z"), ZoneOffset.UTC);

    private static final List<SourceColumn> COLUMNS = List.of(
            SourceColumn.of("ts", ScalarType.TIMESTAMP).in(ZoneId.of("America/New_York")),
            SourceColumn.of("card", ScalarType.STRING).asRequired(),
            SourceColumn.of("amount", ScalarType.FLOAT64),
            SourceColumn.of("gone", ScalarType.BOOLEAN),
            SourceColumn.of("vector", ListType.of(ScalarType.FLOAT32, 2)),
            SourceColumn.of("kind", ScalarType.STRING).asRequired());

    private static RegisteredSource source(Expectation... expectations) {
        return new RegisteredSource(
                1,
                new SourceDefinition(
                        new SourceName("transactions"),
                        COLUMNS,
                        "ts",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("gone"),
                        List.of(),
                        List.of("NA"),
                        List.of(expectations),
                        0.05,
                        Duration.ofMinutes(1),
                        Metadata.NONE));
    }

    private static List<IncomingRow> rows(RowFormat format, String body, Expectation... expectations) {
        return rows(format, body.getBytes(StandardCharsets.UTF_8), source(expectations));
    }

    private static List<IncomingRow> rows(RowFormat format, byte[] body, RegisteredSource source) {
        var reader = TableReaders.unlimited().open(format, new ByteArrayInputStream(body));
        var read = new ArrayList<IncomingRow>();
        try (var rows = ContractRows.of(format, reader, source, List.of(List.of("card")), CLOCK)) {
            for (var row = rows.next(); row != null; row = rows.next()) {
                read.add(row);
            }
        }
        return read;
    }

    private static IncomingRow.Refused refused(IncomingRow row) {
        assertThat(row).isInstanceOf(IncomingRow.Refused.class);
        return (IncomingRow.Refused) row;
    }

    private static List<String> rules(IncomingRow row) {
        return refused(row).violations().stream().map(RowViolation::rule).toList();
    }

    private static @Nullable Object[] values(IncomingRow row) {
        assertThat(row).isInstanceOf(IncomingRow.Accepted.class);
        return ((IncomingRow.Accepted) row).values();
    }

    @Test
    void rowsThatAsofWroteMayBeMoreThanAFileMayHold() {
        var readers = new ContractReaders(new FileTableReaders(new FileLimits(1, DataSize.ofBytes(10))), CLOCK);
        byte[] lines = "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"c\",\"kind\":\"k\"}\n"
                .repeat(3)
                .getBytes(StandardCharsets.UTF_8);
        try (var rows = readers.openWritten(new ByteArrayInputStream(lines), source(), List.of())) {
            for (int i = 0; i < 3; i++) {
                assertThat(rows.next()).isInstanceOf(IncomingRow.Accepted.class);
            }
            assertThat(rows.next()).isNull();
        }
        try (var rows = readers.open(RowFormat.NDJSON, new ByteArrayInputStream(lines), source(), List.of())) {
            assertThatThrownBy(() -> {
                        rows.next();
                        rows.next();
                    })
                    .isInstanceOf(AsofException.class);
        }
    }

    @Test
    void goodRowsComeInTheOrderOfTheContract() {
        var rows = rows(
                RowFormat.CSV,
                "kind,ts,card,amount,vector,gone\nk,2026-01-01 00:00:00,4111,3,\"[1,2]\",False\nk,"
                        + "2026-01-01T00:00:00Z,\"\",NA,,\n");
        assertThat(values(rows.getFirst()))
                .containsExactly(Instant.parse("2026-01-01T05:00:00Z"), "4111", 3.0, false, List.of(1f, 2f), "k");
        assertThat(values(rows.getLast()))
                .containsExactly(Instant.parse("2026-01-01T00:00:00Z"), "", null, null, null, "k");
        assertThat(rows.getLast().number()).isEqualTo(2);
    }

    @Test
    void I4_everyRuleThatARowBreaksIsReportedAtOnce() {
        var row = refused(rows(
                        RowFormat.NDJSON,
                        "{\"ts\":\"2026-03-08 02:30:00\",\"amount\":\"many\",\"card\":null,\"vector\":[1],"
                                + "\"kind\":\"k\\u0000\",\"x\":{}}")
                .getFirst());
        assertThat(row.violations())
                .extracting(RowViolation::column, RowViolation::rule, RowViolation::value)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("ts", "nonexistent_local_time", "2026-03-08 02:30:00"),
                        org.assertj.core.groups.Tuple.tuple("amount", "type", "many"),
                        org.assertj.core.groups.Tuple.tuple("card", "required", null),
                        org.assertj.core.groups.Tuple.tuple("vector", "length", "[1]"),
                        org.assertj.core.groups.Tuple.tuple("kind", "nul_character", "k\0"));
        assertThat(row.raw())
                .isEqualTo("{\"ts\":\"2026-03-08 02:30:00\",\"amount\":\"many\",\"card\":null,\"vector\":[1],"
                        + "\"kind\":\"k\\u0000\",\"x\":{}}");
    }

    @Test
    void I4_aFileWithoutARequiredColumnIsRefusedWhole() {
        assertThatThrownBy(() -> rows(RowFormat.CSV, "ts,cards\n2026-01-01T00:00:00Z,1\n"))
                .isInstanceOfSatisfying(AsofException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CONTRACT_VIOLATED);
                    assertThat(e.violations())
                            .extracting(violation -> violation.path())
                            .containsExactly("card", "kind");
                    assertThat(e.violations().getFirst().suggestions()).contains("cards");
                });
    }

    @Test
    void I4_ignoredColumnsAreReported() {
        byte[] body = "{\"x\":1}\n{\"y\":2,\"x\":1}".getBytes(StandardCharsets.UTF_8);
        var reader = TableReaders.unlimited().open(RowFormat.NDJSON, new ByteArrayInputStream(body));
        try (var rows = ContractRows.of(RowFormat.NDJSON, reader, source(), List.of(), CLOCK)) {
            while (rows.next() != null) {
                assertThat(rows.ignoredColumns()).contains("x");
            }
            assertThat(rows.ignoredColumns()).containsExactly("x", "y");
        }
    }

    @Test
    void T2_anEventFarAheadOfTheClockIsRefused() {
        var rows = rows(
                RowFormat.NDJSON,
                "{\"ts\":\"2026-11-21T08:01:00Z\",\"card\":\"a\",\"kind\":\"k\"}\n"
                        + "{\"ts\":\"2026-11-21T08:01:00.000001Z\",\"card\":\"a\",\"kind\":\"k\"}");
        assertThat(rows.getFirst()).isInstanceOf(IncomingRow.Accepted.class);
        assertThat(rules(rows.getLast())).containsExactly("too_far_in_the_future");
    }

    @Test
    void expectationsAreHeld() {
        Expectation[] expectations = {
            new Expectation.Between("amount", Optional.of(0), Optional.of(100.5)),
            new Expectation.In("kind", List.of("a", "b")),
            new Expectation.Matches("card", "[0-9]{4}")
        };
        var rows = rows(RowFormat.CSV, """
            ts,card,amount,kind
            2026-01-01T00:00:00Z,1234,0,a
            2026-01-01T00:00:00Z,1234,100.5,b
            2026-01-01T00:00:00Z,1234,,b
            2026-01-01T00:00:00Z,12345,-0.1,c
            2026-01-01T00:00:00Z,1234,100.6,b
            """, expectations);
        assertThat(rows.subList(0, 3)).allMatch(row -> row instanceof IncomingRow.Accepted);
        assertThat(rules(rows.get(3))).containsExactly("matches", "between", "in");
        assertThat(rules(rows.get(4))).containsExactly("between");
    }

    @Test
    void integerBoundsAreExact() {
        var range =
                new ColumnCheck.Range(new java.math.BigDecimal("0.5"), new java.math.BigDecimal("9007199254740993"));
        assertThat(range.accepts(0L)).isFalse();
        assertThat(range.accepts(1L)).isTrue();
        assertThat(range.accepts(9_007_199_254_740_993L)).isTrue();
        assertThat(range.accepts(9_007_199_254_740_994L)).isFalse();
        assertThat(range.accepts(Double.NaN)).isFalse();
    }

    @Test
    void uniqueAcceptsTheFirstGoodRow() {
        var rows = rows(RowFormat.CSV, """
            ts,card,amount,kind
            2026-01-01T00:00:00Z,1,bad,a
            2026-01-01T00:00:00Z,1,1,a
            2026-01-01T00:00:00Z,1,2,a
            2026-01-01T00:00:00Z,1,,a
            2026-01-01T00:00:00Z,1,,a
            """, new Expectation.Unique(List.of("card", "kind")));
        assertThat(rules(rows.get(0))).containsExactly("type");
        assertThat(rows.get(1)).isInstanceOf(IncomingRow.Accepted.class);
        assertThat(rules(rows.get(2))).containsExactly("unique");
        var nulls = rows(
                RowFormat.CSV,
                "ts,card,amount,kind\n2026-01-01T00:00:00Z,1,,a\n2026-01-01T00:00:00Z,1,,a\n",
                new Expectation.Unique(List.of("card", "amount")));
        assertThat(nulls).allMatch(row -> row instanceof IncomingRow.Accepted);
    }

    @Test
    void A6_uniqueCompositesDoNotCollide() {
        var seen = new SeenRows(new int[] {0, 1});
        assertThat(seen.contains(new Object[] {"1", "23"})).isFalse();
        seen.addLast();
        assertThat(seen.contains(new Object[] {"12", "3"})).isFalse();
        assertThat(seen.contains(new Object[] {"1", "23"})).isTrue();
        for (int i = 0; i < 100_000; i++) {
            Object[] row = {"k" + i, (long) i};
            assertThat(seen.contains(row)).isFalse();
            seen.addLast();
            assertThat(seen.contains(row)).isTrue();
        }
        assertThat(seen.contains(new Object[] {"k5", 5L})).isTrue();
        assertThat(seen.contains(new Object[] {"k5", 6L})).isFalse();
    }

    @Test
    void keysOfSixKilobytesAreRefused() {
        String start = "{\"ts\":\"2026-01-01T00:00:00Z\",\"kind\":\"k\",\"card\":\"";
        var rows = rows(
                RowFormat.NDJSON,
                start + "x".repeat(6_000) + "\"}\n"
                        + start + "x".repeat(1_019) + "\"}\n"
                        + start + "x".repeat(1_020) + "\"}\n"
                        + start + "é".repeat(510) + "\"}");
        assertThat(rules(rows.get(0))).containsExactly("key_too_long");
        assertThat(rows.get(1)).isInstanceOf(IncomingRow.Accepted.class);
        assertThat(rules(rows.get(2))).containsExactly("key_too_long");
        assertThat(rules(rows.get(3))).containsExactly("key_too_long");
        assertThat(refused(rows.get(0)).violations().getFirst().value()).hasSizeLessThan(210);
    }

    @Test
    void W4_rowIdsOfSixKilobytesAreRefusedForViewsThatGoByThem() {
        var view = new FeatureViewDefinition(
                new FeatureViewName("v"),
                List.of(),
                new SourceName("s"),
                Optional.empty(),
                List.of(),
                1,
                Metadata.NONE);
        var registered = new RegisteredView(
                1,
                new ViewVersion(view.name(), 1),
                VersionState.READY,
                "hash",
                1,
                false,
                List.of(),
                List.of(),
                view,
                Instant.EPOCH,
                List.of(new RegisteredView.Key("kind", ScalarType.STRING, "kind")));
        byte[] line = "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"c\",\"kind\":\"%s\"}\n"
                .formatted("k".repeat(6_000))
                .getBytes(StandardCharsets.UTF_8);
        var readers = new ContractReaders(TableReaders.unlimited(), CLOCK);

        try (var rows = readers.open(RowFormat.NDJSON, new ByteArrayInputStream(line), source(), List.of(registered))) {
            assertThat(rules(Objects.requireNonNull(rows.next()))).containsExactly("key_too_long");
        }
        try (var rows = readers.open(RowFormat.NDJSON, new ByteArrayInputStream(line), source(), List.of())) {
            assertThat(rows.next()).isInstanceOf(IncomingRow.Accepted.class);
        }
    }

    @Test
    void I5_aTombstoneNeedsItsKeyAndTimeButNoValues() {
        var rows = rows(
                RowFormat.NDJSON,
                "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"gone\":true}\n"
                        + "{\"ts\":\"2026-01-01T00:00:00Z\",\"gone\":true}\n{\"card\":\"a\",\"gone\":true}\n"
                        + "{\"ts\":\"2026-01-01T00:00:00Z\",\"card\":\"a\",\"gone\":false}");
        assertThat(rows.get(0)).isInstanceOf(IncomingRow.Accepted.class);
        assertThat(rules(rows.get(1))).containsExactly("required");
        assertThat(rules(rows.get(2))).containsExactly("required");
        assertThat(rules(rows.get(3))).containsExactly("required");
    }

    @Test
    void refusedRowsMeanTheSameWhenReplayedFromRaw() {
        var first = rows(
                RowFormat.CSV,
                "ts,card,amount,vector,kind,note\n\"2026-01-01 00:00:00\",\"\",3.0,\"[1,null]\",,\"a\"\"b\nc\"\n");
        assertThat(rules(first.getFirst())).containsExactly("required");
        var mended = new ArrayList<>(COLUMNS);
        mended.set(5, SourceColumn.of("kind", ScalarType.STRING));
        var source = new RegisteredSource(2, SourceDefinition.of(new SourceName("transactions"), mended, "ts"));
        String raw = refused(first.getFirst()).raw();
        assertThat(values(rows(RowFormat.NDJSON, raw.getBytes(StandardCharsets.UTF_8), source)
                        .getFirst()))
                .containsExactly(Instant.parse("2026-01-01T05:00:00Z"), "", 3.0, null, Arrays.asList(1f, null), null);
    }

    @Test
    void parquetRowsReplayFromRawToo() {
        byte[] file = ParquetFiles.of(
                "message m { required int64 ts (TIMESTAMP(MICROS,false)); optional binary card (STRING);"
                        + " optional float amount; required binary kind; optional group s { required int32 x; } }",
                1,
                (g, i) -> g.append("ts", 978_309_300_123_456L)
                        .append("card", "a")
                        .append("amount", 0.1f)
                        .append("kind", "x"));
        var refused = refused(rows(RowFormat.PARQUET, file, source()).getFirst());
        assertThat(refused.raw())
                .isEqualTo("{\"ts\":\"2001-01-01T00:35:00.123456\",\"card\":\"a\",\"amount\":0.10000000149011612,"
                        + "\"kind\":\"eA==\",\"s\":\"a Parquet struct, map or other value that can't be read\"}");
    }

    @Test
    void aParquetStructThatTheContractUsesRefusesTheFile() {
        byte[] file = ParquetFiles.of(
                "message m { required int64 ts (TIMESTAMP(MICROS,true)); required binary card (STRING);"
                        + " required binary kind (STRING); optional group amount { required int32 x; } }",
                1,
                (g, i) -> g.append("ts", 0L).append("card", "a").append("kind", "k"));
        assertThatThrownBy(() -> rows(RowFormat.PARQUET, file, source()))
                .isInstanceOfSatisfying(
                        AsofException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONTRACT_VIOLATED));
    }
}
