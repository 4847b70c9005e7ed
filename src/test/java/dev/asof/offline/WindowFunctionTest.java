package dev.asof.offline;

import static dev.asof.offline.AggregateTable.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.offline.AggregateTable.Aggregated;
import dev.asof.offline.AggregateTable.Stored;
import dev.asof.offline.schema.OfflineNames;
import dev.asof.offline.tile.BuiltTiles;
import dev.asof.postgres.ResultValues;
import dev.asof.postgres.Sql;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.Part;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.AggregateResult;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.StateKind;
import dev.asof.transform.window.Window;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The aggregates of the functions in Postgres, against the states of {@code transform} over the rows that count. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WindowFunctionTest {

    private static final int VIEWS = Integer.getInteger("asof.windows.views", 10);
    private static final int READINGS = 20;
    private static final int TILED_VIEWS = Integer.getInteger("asof.windows.tiled", 9);

    /** Rows of a key in half a year. */
    private static final int BUSY = Integer.getInteger("asof.windows.busy", 30_000);

    /** What a second becomes: windows that divide hours, some of whole hours, and some of days. */
    private static final List<Integer> STRETCHES = List.of(1_800, 3_600, 86_400);

    private AggregateTable table;

    @BeforeAll
    void open() {
        table = new AggregateTable();
    }

    @AfterAll
    void close() throws SQLException {
        table.close();
    }

    /** What is read, and when. */
    private record Reading(Instant asOf, boolean strict, Optional<Instant> known, Set<Long> unseen) {

        boolean admits(Stored stored) {
            return known.map(at -> !stored.known().isAfter(at)).orElse(true) && !unseen.contains(stored.batch());
        }

        boolean reaches(FeatureRow row) {
            return strict
                    ? row.eventTimestamp().isBefore(asOf)
                    : !row.eventTimestamp().isAfter(asOf);
        }

        static Reading random(RandomAggregates random, Stored about) {
            var event = about.row().eventTimestamp();
            var asOf = random.random().nextBoolean()
                    ? random.instant()
                    : random.random().nextBoolean() ? event : event.minus(1, ChronoUnit.MICROS);
            return new Reading(
                    asOf,
                    random.random().nextInt(3) == 0,
                    switch (random.random().nextInt(3)) {
                        case 0 -> Optional.of(asOf);
                        case 1 -> Optional.of(random.instant());
                        default -> Optional.empty();
                    },
                    random.random().nextInt(3) == 0
                            ? random.random()
                                    .longs(2, 1, RandomAggregates.BATCHES + 1)
                                    .boxed()
                                    .collect(Collectors.toSet())
                            : Set.of());
        }

        String arguments() {
            return "%s::timestamptz, %s, %s::timestamptz, %s::int8multirange"
                    .formatted(
                            literal(asOf),
                            strict,
                            known.map(Reading::literal).orElse("null"),
                            unseen.isEmpty()
                                    ? "null"
                                    : Sql.literal(unseen.stream()
                                            .map(batch -> "[%1$s,%1$s]".formatted(batch))
                                            .collect(Collectors.joining(",", "{", "}"))));
        }

        private static String literal(Instant instant) {
            return Sql.literal(Timestamps.format(instant));
        }
    }

    @Test
    void W1_W6_functionsAnswerAsStatesOfTheRowsThatCount() {
        for (int seed = 0; seed < VIEWS; seed++) {
            var random = new RandomAggregates(seed);
            var view = random.create(table, seed % 2 == 0, 16);
            var rows = random.rows(view, 250);
            table.store(view, rows);
            checkReadings(view, rows, random, READINGS, "seed " + seed);
            table.drop(view);
        }
    }

    /** With tiles of parts of the history, some of them made before the last rows came, and late, corrected and deleted ones. */
    @Test
    void W1_W7_functionsAnswerFromTilesAsFromRows() {
        int tiled = 0;
        try (var tiles = new BuiltTiles(table)) {
            for (int seed = 0; seed < TILED_VIEWS; seed++) {
                var random = new RandomAggregates(seed, STRETCHES.get(seed % STRETCHES.size()));
                var view = random.create(table, seed / 2 % 2 == 0, 12);
                var rows = random.rows(view, 250);
                tiled += readsTiles(view) ? 1 : 0;
                table.store(view, rows.subList(0, 150));
                tiles.build(view, random.instant().plus(Duration.ofHours(1)));
                checkReadings(view, rows.subList(0, 150), random, 5, "first, tiled seed " + seed);
                for (int first = 150; first < rows.size(); first += 50) {
                    var batch = rows.subList(first, first + 50);
                    table.store(view, batch, added -> tiles.keep(view, added));
                }
                checkReadings(view, rows, random, READINGS, "tiled seed " + seed);
                var gap = random.instant().truncatedTo(ChronoUnit.DAYS);
                tiles.giveUp(view, gap, gap.plus(Duration.ofDays(1)));
                tiles.giveUp(view, gap.plus(Duration.ofDays(9)), gap.plus(Duration.ofDays(10)));
                checkReadings(view, rows, random, READINGS, "tiled with gaps, seed " + seed);
                table.drop(view);
            }
        }
        assertThat(tiled).isGreaterThan(TILED_VIEWS / 2);
    }

    private boolean readsTiles(RegisteredView view) {
        String plan = plan("select * from %s(%snow())".formatted(OfflineNames.windowFunction(view), someKey(view)));
        assertThat(plan).doesNotContain("Function Scan");
        return plan.contains(view.version().relation() + "__t");
    }

    private void checkReadings(
            RegisteredView view, List<Stored> rows, RandomAggregates random, int readings, String description) {
        var deleted = rows.stream().filter(stored -> stored.row().deleted()).toList();
        for (int i = 0; i < readings; i++) {
            var about = random.pick(i % 3 == 0 && !deleted.isEmpty() ? deleted : rows);
            var reading = Reading.random(random, about);
            @Nullable
            Object[] key = i == 0
                    ? new @Nullable Object[view.keys().size()]
                    : (i % 3 == 1 ? random.pick(rows) : about).row().keys();
            check(
                    view,
                    rows,
                    reading,
                    key,
                    "%s, reading %s, key %s".formatted(description, reading, Arrays.toString(key)));
        }
    }

    private static String someKey(RegisteredView view) {
        return view.keys().stream()
                .map(key -> "'1'::%s, ".formatted(Sql.type(key.type())))
                .collect(Collectors.joining());
    }

    /** The function is inlined, and its rows are read once for all windows, also in a view of forty aggregates. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCallIsOneIndexScanForAllWindows(boolean rowId) {
        var view = new RandomAggregates(1).create(table, rowId, 40);
        String keys = someKey(view);
        for (String function : List.of(OfflineNames.windowFunction(view), OfflineNames.asOfFunction(view))) {
            var plan =
                    plan("select s.*, f.* from (values (timestamptz '2026-01-01'), (timestamptz '2026-01-02')) s (at)"
                            + " left join lateral %s(%ss.at) f on true".formatted(function, keys));
            assertThat(plan)
                    .doesNotContain("Function Scan", "batch_id", "Seq Scan")
                    .doesNotContain("Join Filter: ((");
            int ofRows = function.endsWith("_asof\"") && !view.rowFeatures().isEmpty() ? 2 : 1;
            int ofAll = plan.split("Index (Only )?Scan (Backward )?using", -1).length - 1;
            assertThat(ofAll - 1).as(plan).isEqualTo(ofRows);
        }
        table.drop(view);
    }

    /** Thirty days of a busy key are a hundred tiles, and the rows of the hours that are not over. */
    @Test
    void aLongWindowReadsNoMoreRowsThanAnHourHas() {
        var aggregates = new ArrayList<Aggregated>();
        for (var window : List.of(
                window(Duration.ofHours(1), Duration.ofMinutes(1)),
                window(Duration.ofDays(1), Duration.ofHours(1)),
                window(Duration.ofDays(7), Duration.ofHours(1)),
                window(Duration.ofDays(30), Duration.ofDays(1)))) {
            String name = "_" + aggregates.size();
            aggregates.add(Aggregated.count("events" + name, window));
            aggregates.add(Aggregated.of("mean" + name, AggregateFunction.AVG, ScalarType.FLOAT64, window));
            aggregates.add(Aggregated.of("most" + name, AggregateFunction.MAX, ScalarType.INT32, window));
            aggregates.add(Aggregated.of("last" + name, AggregateFunction.LAST, ScalarType.STRING, window));
        }
        var view = table.create(
                List.of(AggregateTable.key("name", ScalarType.STRING)),
                List.of(),
                AggregateTable.features(List.of(), aggregates));
        var start = Instant.parse("2026-01-01T00:00:00Z");
        var end = start.plus(Duration.ofDays(180));
        storeEvery(view, start, Duration.between(start, end).dividedBy(BUSY));
        String call = "select * from %s('k', %s)"
                .formatted(OfflineNames.windowFunction(view), Sql.literal(Timestamps.format(end.minusSeconds(1))));
        assertThat(rowsRead(view, call)).isGreaterThan(BUSY / 7);
        var answers = table.jdbc.queryForMap(call);
        try (var tiles = new BuiltTiles(table)) {
            tiles.build(view, end);
        }
        assertThat(rowsRead(view, call)).isLessThan(BUSY / 180 / 8);
        assertThat(table.jdbc.queryForMap(call).toString()).isEqualTo(answers.toString());
        table.drop(view);
    }

    /** Rounded twice, as states round them: the exact mean of the first three has another float next to it. */
    @ParameterizedTest
    @CsvSource({
        "INT64, 644461693100611747, 537666554764512283, 342061413842535958",
        "INT64, 9223372036854775807, 9223372036854775807, 9223372036854775806",
        "FLOAT64, 644461693100611747, 537666554764512283, 342061413842535958"
    })
    void W3_meansAreTheStatesToTheBit(ScalarType type, String first, String second, String third) {
        var mean = Aggregated.of("mean", AggregateFunction.AVG, type, window(Duration.ofDays(1), Duration.ofHours(1)));
        var view = table.create(
                List.of(AggregateTable.key("name", ScalarType.STRING)),
                List.of(),
                AggregateTable.features(List.of(), List.of(mean)));
        table.jdbc.execute("""
            insert into %s select 'k', '2026-01-01', i, 1, '2026-01-01', false, null, value
            from unnest('{%s, %s, %s}'::%s[]) with ordinality as rows (value, i)
            """.formatted(OfflineNames.featureTable(view), first, second, third, Sql.type(type)));
        var function = view.aggregates().orElseThrow();
        var cell = function.cells().getFirst();
        var state = cell.kind().empty();
        table.jdbc
                .queryForList("select input__1 from " + OfflineNames.featureTable(view))
                .forEach(row -> state.add(row.get("input__1"), 0, 0, 0));

        assertThat(table.jdbc.queryForMap(
                        "select * from %s('k', '2026-01-01')".formatted(OfflineNames.windowFunction(view))))
                .containsValue(
                        function.features().getFirst().aggregate().finish(state).value());
        table.drop(view);
    }

    private void storeEvery(RegisteredView view, Instant start, Duration pause) {
        String inputs = view.aggregates().orElseThrow().inputs().stream()
                .map(input -> ", (i % 64)::" + Sql.type(input.type()))
                .collect(Collectors.joining());
        table.jdbc.execute("""
            insert into %s select 'k', at, i, 1, at, false, null%s
            from (select i, timestamptz %s + i * interval '%s microseconds' as at from generate_series(0, %s) i) rows
            """.formatted(
                        OfflineNames.featureTable(view),
                        inputs,
                        Sql.literal(Timestamps.format(start)),
                        pause.toNanos() / 1_000,
                        BUSY - 1));
        table.jdbc.execute("analyze " + OfflineNames.featureTable(view));
    }

    /** How many rows of a version's table a query looks at. */
    private double rowsRead(RegisteredView view, String query) {
        var scans = Pattern.compile("Scan .*on %s .*rows=([0-9.]+) loops=([0-9]+)"
                        .formatted(view.version().relation()))
                .matcher(String.join(
                        "\n",
                        table.jdbc.queryForList("explain (analyze, costs off, timing off) " + query, String.class)));
        return scans.results()
                .mapToDouble(scan -> Double.parseDouble(scan.group(1)) * Double.parseDouble(scan.group(2)))
                .sum();
    }

    /** As the login that users' SQL runs on has it: no rights on the tables themselves. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoMayReadFeaturesAloneGetsAggregates(boolean tiled) {
        var random = new RandomAggregates(2, tiled ? 86_400 : 1);
        var view = random.create(table, true, 8);
        assertThat(readsTiles(view)).isEqualTo(tiled);
        table.store(view, random.rows(view, 50));
        String keys = view.keys().stream()
                .map(key -> "null::%s, ".formatted(Sql.type(key.type())))
                .collect(Collectors.joining());
        String role = "windows_reader_" + ProcessHandle.current().pid();
        table.transaction.executeWithoutResult(transaction -> {
            table.jdbc.execute("create role " + role);
            table.jdbc.execute("grant %s to current_user".formatted(role));
            table.jdbc.execute("grant usage on schema features to " + role);
            table.jdbc.execute("grant select on all tables in schema features to " + role);
            table.jdbc.execute("set local role " + role);
            assertThat(table.jdbc.queryForList(
                            "select * from %s(%s'2026-01-01')".formatted(OfflineNames.asOfFunction(view), keys)))
                    .hasSize(1);
            assertThatThrownBy(() -> table.jdbc.queryForList("select from " + OfflineNames.featureTable(view)))
                    .hasStackTraceContaining("permission denied");
            transaction.setRollbackOnly();
        });
        table.drop(view);
    }

    private String plan(String sql) {
        return table.transaction.execute(_ -> {
            table.jdbc.execute("set local enable_seqscan = off");
            table.jdbc.execute("set local enable_bitmapscan = off");
            return String.join("\n", table.jdbc.queryForList("explain (costs off) " + sql, String.class));
        });
    }

    private void check(
            RegisteredView view, List<Stored> rows, Reading reading, @Nullable Object[] key, String description) {
        var aggregates = view.aggregates().orElseThrow();
        List<@Nullable Object> found = read(view, aggregates, reading, key);
        var counted = counted(view, aggregates, rows, reading, key);
        int at = 0;
        for (var feature : aggregates.features()) {
            if (isRankedByRounded(aggregates, feature, found.get(at))) {
                at++;
                continue;
            }
            var described = RandomAggregates.described(view.features().get(feature.feature()));
            assertSame(
                    feature,
                    found.get(at++),
                    expected(aggregates, feature, counted, reading),
                    magnitude(aggregates, feature, counted),
                    described + ", " + description);
        }
        for (Window window : aggregates.windows()) {
            var inWindow = within(window, counted, reading);
            assertThat(found.get(at++))
                    .as("event timestamp of %s, %s", window, description)
                    .isEqualTo(greatest(inWindow.stream()
                            .map(stored -> stored.row().eventTimestamp())
                            .toList()));
            assertThat(found.get(at++))
                    .as("known timestamp of %s, %s", window, description)
                    .isEqualTo(greatest(inWindow.stream().map(Stored::known).toList()));
        }
    }

    /** Which values of a column are the greatest is not the same for all who round otherwise. */
    private static boolean isRankedByRounded(
            ViewAggregates aggregates, WindowedFeature feature, @Nullable Object found) {
        var by = feature.aggregate().by();
        return by.isPresent()
                && aggregates.cells().get(feature.cell()).kind() instanceof StateKind.Buckets(var each, int _, var _)
                && (each instanceof StateKind.FloatSum || each instanceof StateKind.Moments)
                && found instanceof List<?> list
                && list.size() == by.get().maxKeys();
    }

    private static @Nullable Instant greatest(List<Instant> all) {
        return all.stream().max(Comparator.naturalOrder()).orElse(null);
    }

    private List<@Nullable Object> read(
            RegisteredView view, ViewAggregates aggregates, Reading reading, @Nullable Object[] key) {
        String keys = IntStream.range(0, key.length)
                .mapToObj(i -> (key[i] == null ? "null" : Sql.literal(String.valueOf(key[i]))) + "::"
                        + Sql.type(view.keys().get(i).type()) + ", ")
                .collect(Collectors.joining());
        String sql = "select f.* from (select 1) one left join lateral %s(%s%s) f on true"
                .formatted(OfflineNames.windowFunction(view), keys, reading.arguments());
        var rows = table.jdbc.query(sql, (result, _) -> {
            var row = new ArrayList<@Nullable Object>();
            for (var feature : aggregates.features()) {
                row.add(ResultValues.read(
                        result,
                        row.size() + 1,
                        view.features().get(feature.feature()).type()));
            }
            for (int i = 0; i < 2 * aggregates.windows().size(); i++) {
                row.add(ResultValues.read(result, row.size() + 1, ScalarType.TIMESTAMP));
            }
            return row;
        });
        assertThat(rows).as(sql).hasSize(1);
        return rows.getFirst();
    }

    private static List<Stored> counted(
            RegisteredView view, ViewAggregates aggregates, List<Stored> all, Reading reading, @Nullable Object[] key) {
        var admitted = all.stream().filter(reading::admits).toList();
        int id = aggregates.inputs().size();
        return admitted.stream()
                .filter(stored -> !stored.row().deleted() && reading.reaches(stored.row()))
                .filter(stored -> Arrays.stream(key).allMatch(Objects::nonNull)
                        && Arrays.equals(stored.row().keys(), key))
                .filter(stored -> view.rowId().isEmpty()
                        ? admitted.stream().noneMatch(other -> cuts(other.row(), stored.row(), reading))
                        : stored.row().kept()[id] == null
                                || admitted.stream().noneMatch(other -> replaces(other.row(), stored.row(), id)))
                .sorted(Comparator.comparing(Stored::row, ORDER))
                .toList();
    }

    private static final Comparator<FeatureRow> ORDER =
            Comparator.comparing(FeatureRow::eventTimestamp).thenComparing(FeatureRow::rowSequence);

    private static boolean cuts(FeatureRow other, FeatureRow row, Reading reading) {
        return other.deleted()
                && Arrays.equals(other.keys(), row.keys())
                && reading.reaches(other)
                && ORDER.compare(other, row) > 0;
    }

    private static boolean replaces(FeatureRow other, FeatureRow row, int id) {
        return row.kept()[id].equals(other.kept()[id]) && other.rowSequence() > row.rowSequence();
    }

    private static List<Stored> within(Window window, List<Stored> counted, Reading reading) {
        long asOf = Timestamps.toMicros(reading.asOf());
        return counted.stream()
                .filter(stored -> {
                    long event = Timestamps.toMicros(stored.row().eventTimestamp());
                    return event >= window.from(asOf) && event < window.until(asOf);
                })
                .toList();
    }

    private static @Nullable Object expected(
            ViewAggregates aggregates, WindowedFeature feature, List<Stored> counted, Reading reading) {
        var window = aggregates.windows().get(feature.window());
        var inWindow = within(window, counted, reading);
        var kind = aggregates.cells().get(feature.cell()).kind();
        var states = new ArrayList<AggregateState>();
        for (int i = 0; i < window.steps(); i++) {
            states.add(kind.empty());
        }
        long from = window.from(Timestamps.toMicros(reading.asOf()));
        for (var stored : inWindow) {
            long event = Timestamps.toMicros(stored.row().eventTimestamp());
            int step = window.steps() == 1 ? 0 : (int) ((event - from) / (window.length() / window.steps()));
            aggregates.add(
                    feature.cell(),
                    states.get(step),
                    stored.row().kept(),
                    event,
                    stored.row().rowSequence());
        }
        AggregateResult result = window.steps() == 1
                ? feature.aggregate().finish(states.getFirst())
                : feature.aggregate().finishSteps(states);
        return switch (feature.part()) {
            case Part.ALL -> result.value();
            case Part.KEYS -> result.keys().value();
            case Part.VALUES -> result.values().value();
        };
    }

    /** What the rounding of float sums, and of what is built on them, is measured by; 0 where there is none. */
    private static double magnitude(ViewAggregates aggregates, WindowedFeature feature, List<Stored> counted) {
        var cell = aggregates.cells().get(feature.cell());
        if (cell.kind() instanceof StateKind.IntegerSum) {
            return 0;
        }
        int value = cell.value();
        var numbers = counted.stream()
                .map(stored ->
                        value == ViewAggregates.NONE ? null : stored.row().kept()[value])
                .filter(Number.class::isInstance)
                .mapToDouble(number -> Math.abs(((Number) number).doubleValue()))
                .filter(Double::isFinite);
        return switch (feature.aggregate().function()) {
            case SUM, AVG -> numbers.sum();
            case VARIANCE, VARIANCE_POP, STDDEV, STDDEV_POP ->
                numbers.map(number -> number * number).sum();
            default -> 0;
        };
    }

    private static void assertSame(
            WindowedFeature feature,
            @Nullable Object found,
            @Nullable Object expected,
            double magnitude,
            String description) {
        boolean isRoot = feature.aggregate().function().text().startsWith("stddev");
        if (found instanceof List<?> a && expected instanceof List<?> b && a.size() == b.size()) {
            for (int i = 0; i < a.size(); i++) {
                assertSame(
                        feature,
                        a.get(i),
                        b.get(i),
                        magnitude,
                        "element %s of %s, of %s".formatted(i, found, description));
            }
            return;
        }
        if (found instanceof Double a && expected instanceof Double b && magnitude > 0 && Double.isFinite(b)) {
            double x = isRoot ? a * a : a;
            double y = isRoot ? b * b : b;
            assertThat(Math.abs(x - y))
                    .as("%s for %s: %s", found, expected, description)
                    .isLessThanOrEqualTo(1e-12 * magnitude);
            return;
        }
        assertThat(text(found)).as(description).isEqualTo(text(expected));
    }

    /** To the bit: floats by their text, which tells zeros apart. */
    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(value);
    }
}
