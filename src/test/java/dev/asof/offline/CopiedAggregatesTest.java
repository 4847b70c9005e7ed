package dev.asof.offline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.offline.AggregateTable.Aggregated;
import dev.asof.offline.AggregateTable.Stored;
import dev.asof.postgres.BlockRow;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.FeatureSelection.TimestampSource;
import dev.asof.registry.Known;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.TrainingDefaults;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.support.Seeds;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.AggregateInput;
import dev.asof.transform.window.AggregateResult;
import dev.asof.transform.window.Window;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Aggregates from copies against states of the rows that count by looking at each (rules W1 to W5, A3, A4, A7): histories with
 * ties, late rows, corrections to other keys and times, tombstones, nulls and NaN, which come while the copy is there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CopiedAggregatesTest {

    private static final Instant START = Instant.parse("1969-12-31T23:40:00Z");
    private static final int SECONDS = 2_400;
    private static final int ROWS = 700;
    private static final long BATCHES = 8;
    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final String WHERE = "is_wanted";
    private static final Comparator<FeatureRow> ORDER =
            Comparator.comparing(FeatureRow::eventTimestamp).thenComparing(FeatureRow::rowSequence);

    private AggregateTable table;

    @BeforeAll
    void open() {
        table = new AggregateTable();
    }

    @AfterAll
    void close() throws SQLException {
        table.close();
    }

    static LongStream seeds() {
        return Seeds.upTo(4);
    }

    private static List<Window> windows() {
        return List.of(
                Window.of(MINUTE, 10 * SECOND),
                Window.of(15 * MINUTE, MINUTE),
                new Window(2 * MINUTE, 30 * SECOND, MINUTE, 1),
                new Window(6 * MINUTE, 2 * MINUTE, 0, 3),
                new Window(Window.UNBOUNDED, 5 * MINUTE, 0, 1),
                new Window(Window.UNBOUNDED, 5 * MINUTE, 10 * MINUTE, 1));
    }

    private static RegisteredView view(AggregateTable table, Random random, boolean hasIds) {
        var aggregates = new ArrayList<Aggregated>();
        int name = 0;
        for (var function : AggregateFunction.values()) {
            for (int i = 0; i < 2; i++) {
                var inputs = List.copyOf(function.inputs());
                var input = inputs.isEmpty() || function == AggregateFunction.COUNT && random.nextBoolean()
                        ? Optional.<ScalarType>empty()
                        : Optional.of(inputs.get(random.nextInt(inputs.size())));
                var window = windows().get(random.nextInt(windows().size()));
                var by = function.canBeBucketed() && window.steps() == 1 && random.nextInt(3) == 0
                        ? Optional.of(ScalarType.STRING)
                        : Optional.<ScalarType>empty();
                aggregates.add(new Aggregated(
                        "a" + name++,
                        function,
                        input,
                        random.nextBoolean() ? Optional.of(WHERE) : Optional.empty(),
                        function.isSized() && window.steps() > 1 ? windows().getFirst() : window,
                        function.isSized() ? 1 + random.nextInt(4) : 0,
                        function == AggregateFunction.APPROX_QUANTILE ? random.nextDouble() : 0,
                        by,
                        by.isPresent() ? 2 : 0));
            }
        }
        return table.create(
                List.of(AggregateTable.key("place", ScalarType.STRING)),
                hasIds
                        ? List.of(
                                AggregateTable.key("id", ScalarType.INT64),
                                AggregateTable.key("part", ScalarType.STRING))
                        : List.of(),
                AggregateTable.features(List.of(AggregateTable.column("value", ScalarType.INT64)), aggregates));
    }

    private static Instant time(Random random) {
        long hop = random.nextInt(4) == 0 ? random.nextInt(SECONDS / 60) * 60L : random.nextInt(SECONDS);
        return START.plusSeconds(hop).plus(random.nextInt(3) - 1, ChronoUnit.MICROS);
    }

    /** Of floats halves of halves: in what order they are added must not decide which of two buckets' means is greater. */
    private static @Nullable Object value(Random random, ScalarType type) {
        if (random.nextInt(6) == 0) {
            return null;
        }
        int number = random.nextInt(40) - 20;
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> number;
            case INT64 -> (long) number * 1_000;
            case FLOAT32 -> random.nextInt(12) == 0 ? Float.NaN : number / 4f;
            case FLOAT64 -> random.nextInt(12) == 0 ? Double.NaN : random.nextInt(9) == 0 ? -0.0 : number / 8.0;
            case STRING -> "s" + number + (random.nextBoolean() ? "\ud83d\ude80" : "\uffff");
            case BYTES -> new byte[] {(byte) number, 1};
            case TIMESTAMP -> START.plusSeconds(number);
        };
    }

    private static @Nullable Object[] kept(Random random, ViewAggregates aggregates, List<ScalarType> rowId) {
        var values = new HashMap<String, @Nullable Object>();
        boolean isWanted = random.nextInt(3) > 0;
        var kept = new ArrayList<@Nullable Object>();
        for (AggregateInput input : aggregates.inputs()) {
            var value = input.column().isEmpty()
                    ? null
                    : values.computeIfAbsent(
                            input.column().get(),
                            _ -> value(random, input.valueType().orElseThrow()));
            kept.add(input.kept(input.where().isEmpty() || isWanted, value));
        }
        if (!rowId.isEmpty()) {
            kept.add(random.nextInt(10) == 0 ? null : (long) random.nextInt(120));
            kept.add("p" + random.nextInt(2));
        }
        return kept.toArray();
    }

    private static List<Stored> random(Random random, RegisteredView view) {
        var aggregates = view.aggregates().orElseThrow();
        var rowId = view.rowId().stream().map(RegisteredView.Key::type).toList();
        var all = new ArrayList<Stored>();
        for (int i = 0; i < ROWS; i++) {
            // most are of one key, so that it has some blocks
            String key = random.nextInt(3) > 0 ? "big" : "k" + random.nextInt(5);
            boolean hasKey = rowId.isEmpty() || random.nextInt(12) > 0;
            boolean deleted = random.nextInt(rowId.isEmpty() ? 120 : 12) == 0;
            var event = time(random);
            @Nullable Object[] kept = kept(random, aggregates, rowId);
            all.add(new Stored(
                    new FeatureRow(
                            new @Nullable Object[] {hasKey ? key : null},
                            event,
                            // those that are sent again keep their place
                            random.nextInt(20) == 0 ? 100_000 - i : 200_000 + i,
                            deleted,
                            new @Nullable Object[] {(long) i},
                            new int[0],
                            kept),
                    1 + (i * BATCHES) / ROWS,
                    random.nextInt(4) == 0 ? time(random) : event.plusSeconds(random.nextInt(30))));
        }
        return all;
    }

    private record Asked(@Nullable String key, Instant asOf) {}

    private static List<Asked> spine(Random random) {
        var spine = new ArrayList<Asked>();
        for (int i = 0; i < 60; i++) {
            int kind = random.nextInt(20);
            spine.add(new Asked(
                    kind == 0 ? null : kind == 1 ? "unknown" : kind < 13 ? "big" : "k" + random.nextInt(5),
                    time(random)));
        }
        return spine;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void W1_W4_aggregatesFromCopiesAreThoseOfTheRowsThatCount(long seed) throws SQLException, IOException {
        var random = new Random(seed);
        var view = view(table, random, seed % 2 == 0);
        var all = random(random, view);
        try (var connection = table.dataSource.getConnection()) {
            var copy = new HistoryCopy(view, 1L << 28, _ -> {});
            for (int batches = 3; batches <= BATCHES; batches += 5) {
                int until = batches;
                table.store(
                        view,
                        all.stream()
                                .filter(row -> row.batch() <= until && row.batch() > until - 5)
                                .toList());
                copy.add(seen(until), connection);
                check(view, copy, connection, all, until, random, "seed " + seed);
            }
            copy.drop();
        }
        table.drop(view);
    }

    private static VisibleBatches seen(long until) {
        return new VisibleBatches("{[1," + (until + 1) + ")}");
    }

    private static void check(
            RegisteredView view,
            HistoryCopy copy,
            Connection connection,
            List<Stored> all,
            long until,
            Random random,
            String about)
            throws IOException, SQLException {
        for (Known known :
                List.of(new Known.Latest(), new Known.AsRecorded(), new Known.At(START.plusSeconds(SECONDS / 2)))) {
            for (var batches : List.of(seen(until), new VisibleBatches("{[1,2),[3,4)}"))) {
                boolean strict = random.nextBoolean();
                var reading = new PointInTimeJoin.Reading(strict, known, Optional.of(batches));
                var spine = spine(random);
                var rows = join(view, copy, spine, reading);
                if (random.nextInt(4) == 0) {
                    checkSql(view, connection, spine, reading, rows, about);
                }
                for (int i = 0; i < spine.size(); i++) {
                    var expected = expected(view, all, spine.get(i), reading);
                    if (!isSame(rows.get(i), expected)) {
                        assertThat(rows.get(i))
                                .as("%s, until %s, %s, batches %s: %s", about, until, reading, batches, spine.get(i))
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    /** The functions that users call give the same, timestamps included. */
    private static void checkSql(
            RegisteredView view,
            Connection connection,
            List<Asked> spine,
            PointInTimeJoin.Reading reading,
            List<List<@Nullable Object>> rows,
            String about)
            throws SQLException, IOException {
        var values = IntStream.range(0, spine.size())
                .mapToObj(i -> "(%s::bigint, %s, '%s'::timestamptz)"
                        .formatted(
                                i + 1,
                                spine.get(i).key() == null
                                        ? "null"
                                        : "'" + spine.get(i).key() + "'",
                                spine.get(i).asOf()))
                .collect(Collectors.joining(", "));
        var query = new PointInTimeJoin.Query(
                "(select * from (values %s) as given (%s, place, as_of))".formatted(values, PointInTimeJoin.ORDINAL),
                List.of(),
                "as_of",
                selection(view),
                reading);
        var expected = new ArrayList<List<@Nullable Object>>();
        connection.setAutoCommit(false);
        try (var join =
                new BlockJoin(new LateralJoin().blocksWithTimestamps(query), List.of(connection), spine.size())) {
            for (BlockRow row = join.next(); row != null; row = join.next()) {
                expected.add(read(row, query.selection()));
            }
        }
        connection.rollback();
        connection.setAutoCommit(true);
        for (int i = 0; i < spine.size(); i++) {
            if (!isSame(rows.get(i), expected.get(i))) {
                assertThat(rows.get(i))
                        .as("SQL, %s, %s: %s", about, reading, spine.get(i))
                        .isEqualTo(expected.get(i));
            }
        }
    }

    /** But for rule W3's bound for sums of floats, generously. */
    private static boolean isSame(@Nullable Object one, @Nullable Object other) {
        return switch (one) {
            case Double a
            when other instanceof Double b -> a.equals(b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
            case byte[] a when other instanceof byte[] b -> Arrays.equals(a, b);
            case List<?> a
            when other instanceof List<?> b ->
                a.size() == b.size() && IntStream.range(0, a.size()).allMatch(i -> isSame(a.get(i), b.get(i)));
            case null, default -> Objects.equals(one, other);
        };
    }

    private static FeatureSelection selection(RegisteredView view) {
        var views = List.of(new FeatureSelection.View(view, "v", List.of("place")));
        return new FeatureSelection(
                Optional.empty(),
                views,
                view.features().stream()
                        .map(feature -> FeatureSelection.Column.stored(views, 0, feature.name()))
                        .toList(),
                TrainingDefaults.NONE);
    }

    /** The features, then the timestamps of each source. */
    private static List<List<@Nullable Object>> join(
            RegisteredView view, HistoryCopy copy, List<Asked> spine, PointInTimeJoin.Reading reading)
            throws IOException, SQLException {
        var selection = selection(view);
        var shape = new CopyShape(selection, 0, true);
        var filter = reading.batches().orElseThrow().filter();
        var reader = new CopyReader(selection, List.of(copy), of(spine), shape, reading, filter, 1L << 26);
        var all = new ArrayList<List<@Nullable Object>>();
        try (var join = BlockJoin.inUnits(List.of(reader), 1, spine.size())) {
            for (BlockRow row = join.next(); row != null; row = join.next()) {
                all.add(read(row, selection));
            }
        }
        return all;
    }

    private static List<@Nullable Object> read(BlockRow row, FeatureSelection selection) {
        var values = new ArrayList<@Nullable Object>();
        for (var column : selection.columns()) {
            values.add(row.value(values.size(), column.type()));
        }
        for (int i = 0; i < 2 * selection.timestampSources().size(); i++) {
            values.add(row.instant(values.size()));
        }
        return values;
    }

    private static SpineReader of(List<Asked> spine) {
        return (first, _) -> new SpineReader.Block() {
            private int next = (int) first - 1;

            @Override
            public Instant nextKeys(@Nullable Object[] keys) {
                keys[0] = spine.get(next).key();
                return spine.get(next++).asOf();
            }

            @Override
            public void close() {}
        };
    }

    private static List<@Nullable Object> expected(
            RegisteredView view, List<Stored> all, Asked asked, PointInTimeJoin.Reading reading) {
        var aggregates = view.aggregates().orElseThrow();
        var admitted = all.stream()
                .filter(row -> isAdmitted(row, asked.asOf(), reading))
                .toList();
        var expected = new ArrayList<@Nullable Object>();
        var rowWinner = admitted.stream()
                .filter(row -> Objects.equals(row.row().keys()[0], asked.key()) && asked.key() != null)
                .filter(row -> isUpTo(row.row(), asked.asOf(), reading.strict()))
                .max(Comparator.comparing(Stored::row, ORDER))
                .filter(row -> !row.row().deleted());
        expected.add(rowWinner.map(row -> row.row().values()[0]).orElse(null));
        var counting = admitted.stream()
                .filter(row ->
                        asked.key() != null && asked.key().equals(row.row().keys()[0]))
                .filter(row -> isUpTo(row.row(), asked.asOf(), reading.strict()))
                .filter(row -> !row.row().deleted() && counts(row, view.rowId().size(), admitted, asked, reading))
                .toList();
        for (WindowedFeature feature : aggregates.features()) {
            expected.add(value(aggregates, feature, counting, asked.asOf()));
        }
        for (TimestampSource source : selection(view).timestampSources()) {
            var from = switch (source) {
                case TimestampSource.Row _ -> rowWinner.stream().toList();
                case TimestampSource.Windowed(int _, Window window) ->
                    within(counting, asked.asOf(), window, 0, window.steps());
            };
            expected.add(from.stream()
                    .map(row -> row.row().eventTimestamp())
                    .max(Comparator.naturalOrder())
                    .orElse(null));
            expected.add(from.stream()
                    .map(Stored::known)
                    .max(Comparator.naturalOrder())
                    .orElse(null));
        }
        return expected;
    }

    private static boolean isAdmitted(Stored row, Instant asOf, PointInTimeJoin.Reading reading) {
        boolean isKnown = switch (reading.known()) {
            case Known.Latest() -> true;
            case Known.AsRecorded() -> !row.known().isAfter(asOf);
            case Known.At(var instant) -> !row.known().isAfter(instant);
        };
        return isKnown && reading.batches().orElseThrow().filter().contains(row.batch());
    }

    private static boolean isUpTo(FeatureRow row, Instant asOf, boolean strict) {
        return strict
                ? row.eventTimestamp().isBefore(asOf)
                : !row.eventTimestamp().isAfter(asOf);
    }

    private static @Nullable Object value(
            ViewAggregates aggregates, WindowedFeature feature, List<Stored> counting, Instant asOf) {
        var window = aggregates.windows().get(feature.window());
        var steps = new ArrayList<@Nullable Object>();
        for (int step = 0; step < window.steps(); step++) {
            var state = aggregates.cells().get(feature.cell()).kind().empty();
            for (Stored row : within(counting, asOf, window, step, step + 1)) {
                aggregates.add(
                        feature.cell(),
                        state,
                        row.row().kept(),
                        Timestamps.toMicros(row.row().eventTimestamp()),
                        row.row().rowSequence());
            }
            AggregateResult result = feature.aggregate().finish(state);
            steps.add(
                    switch (feature.part()) {
                        case ALL -> result.value();
                        case KEYS -> result.keys().value();
                        case VALUES -> result.values().value();
                    });
        }
        return window.steps() == 1 ? steps.getFirst() : steps;
    }

    private static List<Stored> within(List<Stored> counting, Instant at, Window window, int fromStep, int untilStep) {
        long asOf = Timestamps.toMicros(at);
        long step = window.length() / window.steps();
        long from = window.isUnbounded() ? window.from(asOf) : window.from(asOf) + fromStep * step;
        long until = untilStep == window.steps() ? window.until(asOf) : window.from(asOf) + untilStep * step;
        return counting.stream()
                .filter(row -> Timestamps.toMicros(row.row().eventTimestamp()) >= from
                        && Timestamps.toMicros(row.row().eventTimestamp()) < until)
                .toList();
    }

    /** Rule W4. */
    private static boolean counts(
            Stored row, int idColumns, List<Stored> admitted, Asked asked, PointInTimeJoin.Reading reading) {
        if (idColumns > 0) {
            var id = id(row, idColumns);
            return id.contains(Optional.empty())
                    || admitted.stream()
                            .noneMatch(other ->
                                    other.row().rowSequence() > row.row().rowSequence()
                                            && id(other, idColumns).equals(id));
        }
        return admitted.stream()
                .map(Stored::row)
                .noneMatch(other -> other.deleted()
                        && Objects.equals(other.keys()[0], asked.key())
                        && isUpTo(other, asked.asOf(), reading.strict())
                        && ORDER.compare(other, row.row()) > 0);
    }

    private static List<Optional<Object>> id(Stored row, int columns) {
        var kept = row.row().kept();
        return Stream.of(kept)
                .skip(kept.length - columns)
                .map(Optional::ofNullable)
                .toList();
    }
}
