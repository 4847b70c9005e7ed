package dev.asof.online.row;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.Publication;
import dev.asof.online.ValueStatus;
import dev.asof.online.row.WindowedViews.Row;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.registry.ViewAggregates.WindowedFeature;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.AggregateResult;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

class WindowProgramTest {

    private static final long NOW = micros(Instant.parse("2026-11-21T07:48:00.123456Z"));
    private static final long MINUTE = micros(Duration.ofMinutes(1));
    private static final long HOUR = micros(Duration.ofHours(1));
    private static final long DAY = micros(Duration.ofDays(1));

    private static final List<Window> WINDOWS = List.of(
            Window.of(2 * MINUTE, MINUTE),
            Window.of(HOUR, MINUTE),
            Window.of(6 * HOUR, 5 * MINUTE),
            Window.of(DAY, HOUR),
            Window.of(7 * DAY, HOUR),
            Window.of(30 * DAY, DAY),
            Window.of(90 * DAY, DAY),
            Window.of(Window.UNBOUNDED, DAY),
            new Window(DAY, HOUR, 7 * DAY, 1),
            new Window(30 * DAY, DAY, DAY, 1),
            new Window(24 * HOUR, HOUR, 0, 24),
            new Window(6 * MINUTE, MINUTE, 0, 3));

    private static long micros(Instant instant) {
        return TimeUnit.SECONDS.toMicros(instant.getEpochSecond()) + instant.getNano() / 1_000;
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }

    @Property(tries = 300)
    void W1_packedTilesAnswerWhatTheRowsInTheWindowComeTo(@ForAll long seed) {
        var random = new Random(seed);
        var view = view(random);
        var rows = rows(random);
        var packed = PackedKey.pack(view, new Publication(1, 2), WindowedViews.published(view, "k", NOW, rows));
        for (long asOf : List.of(NOW, NOW + random.nextLong(2 * HOUR), NOW + random.nextLong(60 * DAY))) {
            assertAnswers(view, packed, rows, asOf);
        }
    }

    @Example
    void W2_aKeyWithoutRowsIsAnsweredAsOfNoRows() {
        var view = view(new Random(1));
        var packed = PackedKey.pack(view, new Publication(1, 2), WindowedViews.published(view, "k", NOW, List.of()));
        assertAnswers(view, packed, List.of(), NOW);
        assertAnswers(view, null, List.of(), NOW);
    }

    @Example
    void W8_aKeyPastAMegabyteIsAHeaderThatSaysSo() {
        var window = Window.of(30 * DAY, DAY);
        var view = new WindowedViews()
                .of("last", AggregateFunction.LAST, "s", new Window(30 * DAY, MINUTE * 60, HOUR, 1))
                .of("least", AggregateFunction.MIN, "s", window)
                .view(1, "v");
        var rows = new ArrayList<Row>();
        for (int i = 0; i < 400; i++) {
            rows.add(new Row(
                    NOW - i * HOUR, i, Map.of("s", String.format(Locale.ROOT, "%05d", i) + "x".repeat(5_000))));
        }
        var packed = PackedKey.pack(view, new Publication(1, 2), WindowedViews.published(view, "k", NOW, rows));

        assertThat(packed).hasSize(PackedKey.HEADER_BYTES);
        assertThat(PackedKey.isElsewhere(packed)).isTrue();
        packed[0] = 3;
        assertThat(PackedKey.isElsewhere(packed)).isTrue();
        assertAnswers(
                view,
                PackedKey.packWhole(view, new Publication(1, 2), WindowedViews.published(view, "k", NOW, rows)),
                rows,
                NOW);
    }

    @Example
    void thirtyEventsInThirtyDaysTakeLittle() {
        var views = new WindowedViews();
        for (Window window : List.of(
                Window.of(HOUR, MINUTE), Window.of(DAY, HOUR), Window.of(7 * DAY, HOUR), Window.of(30 * DAY, DAY))) {
            views.count("count_" + window.length(), window);
            for (var function : List.of(
                    AggregateFunction.SUM, AggregateFunction.AVG, AggregateFunction.MAX, AggregateFunction.STDDEV)) {
                views.of(function.text() + "_" + window.length(), function, "f", window);
            }
        }
        var view = views.view(1, "v");
        var random = new Random(7);
        var rows = new ArrayList<Row>();
        for (int i = 0; i < 30; i++) {
            rows.add(new Row(NOW - random.nextLong(30 * DAY), i, Map.of("f", random.nextDouble() * 100)));
        }
        var packed = PackedKey.pack(view, new Publication(1, 2), WindowedViews.published(view, "k", NOW, rows));

        assertThat(packed.length).isLessThan(1_000);
    }

    private static void assertAnswers(RegisteredView view, byte @Nullable [] packed, List<Row> rows, long asOf) {
        var aggregates = view.aggregates().orElseThrow();
        var builder = new WindowProgram.Builder(view, aggregates);
        aggregates.features().forEach(feature -> builder.add(feature.feature(), false));
        var program = builder.build();
        var values = packed == null
                ? program.ofNoRows()
                : program.evaluate(new PackedKey(view, packed), asOf, new Scratch());

        for (int i = 0; i < aggregates.features().size(); i++) {
            var feature = aggregates.features().get(i);
            var what = "%s at %s"
                    .formatted(view.features().get(feature.feature()), Instant.ofEpochSecond(0, asOf * 1_000));
            var expected = expected(aggregates, feature, rows, asOf);
            assertThat(values.status(i)).describedAs(what).isEqualTo(status(expected));
            assertThat(isSame(values.value(i), expected.value()))
                    .describedAs("%s: %s for %s", what, values.value(i), expected.value())
                    .isTrue();
            var last = rows.stream()
                    .mapToLong(Row::event)
                    .filter(event -> isIn(aggregates.windows().get(feature.window()), event, asOf))
                    .max();
            assertThat(values.hasEvent(i)).describedAs(what).isEqualTo(last.isPresent());
            if (last.isPresent()) {
                assertThat(values.eventMicros(i)).describedAs(what).isEqualTo(last.getAsLong());
            }
        }
    }

    private static boolean isIn(Window window, long event, long asOf) {
        return event >= window.from(asOf) && (event < window.until(asOf) || window.hasHead());
    }

    private static AggregateResult expected(
            ViewAggregates aggregates, WindowedFeature feature, List<Row> rows, long asOf) {
        var window = aggregates.windows().get(feature.window());
        var steps = new ArrayList<AggregateState>();
        for (int step = 0; step < window.steps(); step++) {
            long from = window.from(asOf);
            long length = window.length() / window.steps();
            var state = aggregates.cells().get(feature.cell()).kind().empty();
            for (var row : rows) {
                boolean counts = window.steps() == 1
                        ? isIn(window, row.event(), asOf)
                        : row.event() >= from + step * length && row.event() < from + (step + 1) * length;
                if (counts) {
                    aggregates.add(
                            feature.cell(), state, WindowedViews.kept(aggregates, row), row.event(), row.sequence());
                }
            }
            steps.add(state);
        }
        var result = window.steps() == 1
                ? feature.aggregate().finish(steps.getFirst())
                : feature.aggregate().finishSteps(steps);
        return switch (feature.part()) {
            case ALL -> result;
            case KEYS -> result.keys();
            case VALUES -> result.values();
        };
    }

    private static ValueStatus status(AggregateResult result) {
        return switch (result.status()) {
            case PRESENT -> ValueStatus.PRESENT;
            case NULL -> ValueStatus.NULL_VALUE;
            case FAILED -> ValueStatus.ERROR;
            case TRUNCATED -> ValueStatus.TRUNCATED;
        };
    }

    /** Sums are of the same rows in another order. */
    private static boolean isSame(@Nullable Object value, @Nullable Object expected) {
        if (value instanceof List<?> some && expected instanceof List<?> others) {
            return some.size() == others.size()
                    && IntStream.range(0, some.size()).allMatch(i -> isSame(some.get(i), others.get(i)));
        }
        return value instanceof Double a && expected instanceof Double b
                ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b))
                : Objects.equals(value, expected);
    }

    private static RegisteredView view(Random random) {
        var views = new WindowedViews();
        if (random.nextBoolean()) {
            views.column("i", dev.asof.shared.ScalarType.INT64);
        }
        int features = 1 + random.nextInt(12);
        for (int i = 0; i < features; i++) {
            var window = WINDOWS.get(random.nextInt(WINDOWS.size()));
            var function = AggregateFunction.values()[random.nextInt(AggregateFunction.values().length)];
            boolean isSteps = window.steps() > 1;
            if (isSteps && function.isSized()) {
                function = AggregateFunction.SUM;
            }
            String column = switch (function) {
                case SUM, AVG, STDDEV, STDDEV_POP, VARIANCE, VARIANCE_POP, APPROX_QUANTILE ->
                    random.nextBoolean() ? "i" : "f";
                case DISTINCT_N, TOP_K -> random.nextBoolean() ? "i" : "s";
                case MIN, MAX -> List.of("i", "f", "s").get(random.nextInt(3));
                default -> List.of("i", "f", "s", "b").get(random.nextInt(4));
            };
            if (function.canBeBucketed() && !isSteps && random.nextInt(4) == 0) {
                views.by("f" + i, function, Optional.of(column), window, "s", 1 + random.nextInt(3));
            } else if (function == AggregateFunction.COUNT && random.nextBoolean()) {
                views.count("f" + i, window);
            } else {
                views.of("f" + i, function, column, window);
            }
        }
        return views.view(1, "v");
    }

    private static List<Row> rows(Random random) {
        int count = random.nextInt(60);
        long reach = List.of(HOUR, DAY, 40 * DAY, 4_000 * DAY).get(random.nextInt(4));
        var rows = new ArrayList<Row>();
        for (int i = 0; i < count; i++) {
            long event = NOW - random.nextLong(reach);
            if (random.nextInt(4) == 0) {
                event = Math.min(NOW, Math.floorDiv(event, HOUR) * HOUR - random.nextInt(2));
            }
            var values = new HashMap<String, Object>();
            put(values, random, "i", (long) random.nextInt(100) - 50);
            put(values, random, "f", random.nextInt(3) == 0 ? (double) random.nextInt(9) : random.nextGaussian() * 100);
            put(values, random, "s", "s" + random.nextInt(12));
            put(values, random, "b", random.nextBoolean());
            rows.add(new Row(event, i, values));
        }
        return rows;
    }

    private static void put(Map<String, Object> values, Random random, String column, Object value) {
        if (random.nextInt(10) > 0) {
            values.put(column, value);
        }
    }
}
