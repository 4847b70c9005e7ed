package dev.asof.offline;

import dev.asof.offline.AggregateTable.Aggregated;
import dev.asof.offline.AggregateTable.Stored;
import dev.asof.registry.FeatureDefinition.AggregateFeature;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.ViewAggregates;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.Window;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random views with aggregates, and random rows of them: around 1970, at the edges of hops, late, corrected, deleted. All times
 * are stretched by a factor.
 */
final class RandomAggregates {

    static final long BATCHES = 6;

    /** What windows' hops divide, in microseconds. */
    private static final long MINUTE = 60_000_000;

    private static final long SPAN = 20 * MINUTE;

    private static final List<AggregateFunction> ALL = List.of(AggregateFunction.values());

    /** Those whose states SQL merges: views of stretched times have only these in some windows. */
    private static final List<AggregateFunction> PLAIN = List.of(
            AggregateFunction.COUNT,
            AggregateFunction.SUM,
            AggregateFunction.AVG,
            AggregateFunction.MIN,
            AggregateFunction.MAX,
            AggregateFunction.FIRST,
            AggregateFunction.LAST,
            AggregateFunction.STDDEV,
            AggregateFunction.VARIANCE_POP);

    private static final List<ScalarType> NUMBERS =
            List.of(ScalarType.INT32, ScalarType.INT64, ScalarType.FLOAT32, ScalarType.FLOAT64);

    private static final List<ScalarType> DISCRETE =
            List.of(ScalarType.STRING, ScalarType.INT32, ScalarType.INT64, ScalarType.BOOLEAN);

    private final Random random;
    private final boolean wild;
    private final boolean zeros;
    private final int variety;
    private final int stretch;

    RandomAggregates(long seed) {
        this(seed, 1);
    }

    RandomAggregates(long seed, int stretch) {
        this.stretch = stretch;
        this.random = new Random(seed);
        this.wild = random.nextInt(3) == 0;
        this.zeros = random.nextInt(4) == 0;
        this.variety = random.nextBoolean() ? 6 : 60;
    }

    RegisteredView create(AggregateTable table, boolean rowId, int functions) {
        var keys = random.nextInt(5) == 0
                ? List.<RegisteredView.Key>of()
                : random.nextBoolean()
                        ? List.of(AggregateTable.key("name", ScalarType.STRING))
                        : List.of(
                                AggregateTable.key("name", ScalarType.STRING),
                                AggregateTable.key("number", ScalarType.INT64));
        var windows = new ArrayList<>(List.of(window(), window(), window(), window()));
        if (stretch > 1) {
            // so that most views have something to read tiles for
            windows.sort(Comparator.comparing(Window::steps).thenComparing(Window::length, Comparator.reverseOrder()));
        }
        var aggregates = new ArrayList<Aggregated>();
        int plainWindows = stretch > 1 ? random.nextInt(2, windows.size() + 1) : 0;
        for (int i = 0; i < functions; i++) {
            int window = random.nextInt(windows.size());
            aggregates.add(aggregate("f" + i, windows.get(window), window < plainWindows ? PLAIN : ALL));
        }
        return table.create(
                keys,
                rowId ? List.of(AggregateTable.key("id", ScalarType.INT64)) : List.of(),
                AggregateTable.features(
                        random.nextBoolean() ? List.of(AggregateTable.column("value", ScalarType.INT64)) : List.of(),
                        aggregates));
    }

    private Window window() {
        long hop = stretch * pick(List.of(1_000_000L, 10_000_000L, MINUTE));
        long offset = random.nextInt(4) == 0 ? hop * random.nextInt(1, 10) : 0;
        return switch (random.nextInt(5)) {
            case 0 -> new Window(Window.UNBOUNDED, hop, offset, 1);
            case 1 -> {
                int steps = random.nextInt(2, 6);
                yield new Window(hop * steps * random.nextInt(1, 3), hop, offset, steps);
            }
            default -> new Window(hop * random.nextInt(1, 12), hop, offset, 1);
        };
    }

    private Aggregated aggregate(String name, Window window, List<AggregateFunction> functions) {
        var function = pick(functions);
        while (window.steps() > 1 && function.isSized()) {
            function = pick(functions);
        }
        Optional<ScalarType> input = function == AggregateFunction.COUNT && random.nextBoolean()
                ? Optional.empty()
                : Optional.of(pick(inputs(function)));
        boolean by = functions == ALL && function.canBeBucketed() && window.steps() == 1 && random.nextInt(3) == 0;
        return new Aggregated(
                name,
                function,
                input,
                random.nextInt(3) == 0 ? Optional.of("flag") : Optional.empty(),
                window,
                function.isSized() ? random.nextInt(1, 5) : 0,
                function == AggregateFunction.APPROX_QUANTILE ? pick(List.of(0.0, 0.1, 0.5, 0.95, 1.0)) : 0,
                by ? Optional.of(pick(DISCRETE)) : Optional.empty(),
                by ? random.nextInt(1, 4) : 0);
    }

    private static List<ScalarType> inputs(AggregateFunction function) {
        return switch (function) {
            case SUM, AVG, STDDEV, STDDEV_POP, VARIANCE, VARIANCE_POP, APPROX_QUANTILE -> NUMBERS;
            case MIN, MAX ->
                List.of(
                        ScalarType.INT32,
                        ScalarType.INT64,
                        ScalarType.FLOAT32,
                        ScalarType.FLOAT64,
                        ScalarType.TIMESTAMP,
                        ScalarType.STRING);
            case DISTINCT_N, TOP_K -> DISCRETE;
            case COUNT, FIRST, LAST, COUNT_DISTINCT, LAST_N -> List.of(ScalarType.values());
        };
    }

    List<Stored> rows(RegisteredView view, int count) {
        var aggregates = view.aggregates().orElseThrow();
        var rows = new ArrayList<Stored>();
        for (int i = 0; i < count; i++) {
            var event = instant();
            boolean deleted = random.nextInt(15) == 0;
            rows.add(new Stored(
                    new FeatureRow(
                            keys(view),
                            event,
                            i + 1,
                            deleted,
                            new @Nullable Object[view.rowFeatures().size()],
                            new int[0],
                            kept(view, aggregates, deleted)),
                    random.nextLong(1, BATCHES + 1),
                    event.plusMillis((long) stretch * random.nextInt(-1, 100_000))));
        }
        return rows;
    }

    /** Around 1970, often where a hop begins or a microsecond beside it. */
    Instant instant() {
        long micros = random.nextLong(-SPAN / 2, SPAN / 2) * stretch;
        if (random.nextBoolean()) {
            long edge = 10_000_000L * stretch;
            micros = Math.floorDiv(micros, edge) * edge + random.nextInt(-1, 2);
        }
        return Timestamps.ofMicros(micros);
    }

    private @Nullable Object[] keys(RegisteredView view) {
        @Nullable Object[] keys = new @Nullable Object[view.keys().size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = i == 0 ? "k" + random.nextInt(3) : (Object) random.nextLong(2);
        }
        if (keys.length > 0 && !view.rowId().isEmpty() && random.nextInt(12) == 0) {
            keys[random.nextInt(keys.length)] = null;
        }
        return keys;
    }

    private @Nullable Object[] kept(RegisteredView view, ViewAggregates aggregates, boolean deleted) {
        var values = new EnumMap<ScalarType, Optional<Object>>(ScalarType.class);
        var byValues = new EnumMap<ScalarType, Optional<Object>>(ScalarType.class);
        for (var type : ScalarType.values()) {
            values.put(type, random.nextInt(6) == 0 ? Optional.empty() : Optional.of(value(type)));
            byValues.put(type, random.nextInt(8) == 0 ? Optional.empty() : Optional.of(value(type)));
        }
        boolean flag = random.nextInt(3) > 0;
        var kept = new ArrayList<@Nullable Object>();
        for (var input : aggregates.inputs()) {
            boolean isBy =
                    input.column().filter(column -> column.startsWith("by_")).isPresent();
            Map<ScalarType, Optional<Object>> from = isBy ? byValues : values;
            boolean admitted = !deleted && (input.where().isEmpty() || flag);
            kept.add(input.kept(admitted, input.valueType().flatMap(from::get).orElse(null)));
        }
        view.rowId().forEach(_ -> kept.add(random.nextInt(10) == 0 ? null : (Object) random.nextLong(40)));
        return kept.toArray();
    }

    private Object value(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> wild && random.nextInt(10) == 0 ? Integer.MIN_VALUE : random.nextInt(variety) - 2;
            case INT64 ->
                wild && random.nextInt(10) == 0
                        ? pick(List.of(Long.MAX_VALUE, Long.MIN_VALUE, 1L << 53))
                        : (Object) (random.nextLong(variety) * 1_000_000_007 - 2);
            case FLOAT32 -> (float) number(Float.MAX_VALUE, Float.MIN_VALUE);
            case FLOAT64 -> number(Double.MAX_VALUE, Double.MIN_VALUE);
            case STRING -> text();
            case BYTES -> new byte[] {(byte) random.nextInt(variety)};
            case TIMESTAMP -> Timestamps.ofMicros(random.nextInt(variety) - 3);
        };
    }

    private double number(double greatest, double least) {
        return switch (zeros ? random.nextInt(4) / 3 * 6 : random.nextInt(wild ? 12 : 6)) {
            case 0 -> random.nextBoolean() ? -0.0 : 0.0;
            case 1 -> random.nextInt(variety);
            case 2, 3 -> random.nextGaussian() * 1e6;
            case 4, 5 -> 0.1 * random.nextInt(variety) - 0.3;
            case 6 -> Double.NaN;
            case 7 -> random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
            case 8 -> random.nextBoolean() ? greatest : -greatest;
            case 9 -> least;
            case 10 -> 1e9 + random.nextInt(2);
            default -> -1e-30;
        };
    }

    private String text() {
        return switch (random.nextInt(10)) {
            case 0 -> "";
            case 1 -> "\uFFFD";
            case 2 -> "\uD83D\uDE00";
            case 3 -> "é".repeat(127) + "ab" + random.nextInt(2);
            case 4 -> "é".repeat(200);
            default -> "t" + random.nextInt(variety);
        };
    }

    <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    Random random() {
        return random;
    }

    static String described(RegisteredView.Feature feature) {
        var definition = (AggregateFeature) feature.definition();
        return "%s = %s".formatted(feature.name(), definition);
    }
}
