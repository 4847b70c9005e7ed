package dev.asof.windows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A random source with a random view of it: features that are aggregates, as YAML and as the oracle knows them.
 *
 * @param name of the view; the source's and the entity's begin with it
 * @param keys the columns that are keys; none of them for a view that is global
 * @param hasRowId whether rows of one {@code id} replace one another
 * @param isLocal whether times are sent without an offset, in a zone that changes its clocks on the day
 */
record RandomView(String name, List<String> keys, boolean hasRowId, boolean isLocal, List<Feature> features) {

    static final String ZONE = "America/New_York";

    /** The columns of the source that hold values, and their types. */
    static final Map<String, String> COLUMNS = columns();

    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long[] LENGTHS = {MINUTE, 7 * MINUTE, HOUR, 90 * MINUTE, 11 * HOUR, DAY, 3 * DAY, 30 * DAY, 0};
    private static final long[] HOPS = {
        SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 8 * DAY
    };
    private static final long[] STEPS = {MINUTE, 5 * MINUTE, HOUR, DAY};

    /** An aggregate by its name. */
    record Feature(String name, String yaml, OracleAggregate aggregate) {}

    /** What is aggregated: text in YAML, the type, and the same in Java. */
    private record Input(String yaml, String type, Function<Map<String, Object>, Object> value) {

        boolean isNumber() {
            return List.of("INT32", "INT64", "FLOAT32", "FLOAT64").contains(type);
        }

        boolean isOrdered() {
            return isNumber() || type.equals("STRING") || type.equals("TIMESTAMP");
        }

        boolean isShort() {
            return List.of("INT32", "INT64", "STRING", "BOOLEAN").contains(type);
        }
    }

    private static Map<String, String> columns() {
        return Map.of(
                "x",
                "INT64",
                "i",
                "INT32",
                "y",
                "FLOAT64",
                "f",
                "FLOAT32",
                "s",
                "STRING",
                "b",
                "BOOLEAN",
                "t",
                "TIMESTAMP",
                "c",
                "STRING");
    }

    static RandomView of(String name, Random random, int size) {
        var keys = List.of(List.<String>of(), List.of("a"), List.of("a"), List.of("a", "i"))
                .get(random.nextInt(4));
        var features = new ArrayList<Feature>();
        while (features.size() < size) {
            features.add(feature("f" + features.size(), random));
        }
        return new RandomView(name, keys, random.nextBoolean(), random.nextInt(3) == 0, List.copyOf(features));
    }

    /** The same without the long windows of functions whose tiles SQL can't merge: for the others it reads tiles then. */
    RandomView ofTiles() {
        return new RandomView(
                name,
                keys,
                hasRowId,
                isLocal,
                features.stream()
                        .filter(feature -> isShort(feature.aggregate().window())
                                || feature.aggregate().by() == null
                                        && feature.aggregate().window().steps() == 0
                                        && !List.of(
                                                        "count_distinct",
                                                        "approx_quantile",
                                                        "last_n",
                                                        "distinct_n",
                                                        "top_k")
                                                .contains(feature.aggregate().function()))
                        .toList());
    }

    private static boolean isShort(OracleWindow window) {
        return window.length() > 0 && window.offset() + window.length() * Math.max(1, window.steps()) <= 2 * HOUR;
    }

    String yaml(boolean isMended) {
        var columns = new StringBuilder();
        COLUMNS.forEach((column, type) -> columns.append("  - {name: %s, type: %s%s}%n"
                .formatted(column, type, type.startsWith("FLOAT") ? ", non_finite: true" : "")));
        return """
            %1$skind: source
            name: %2$s_rows
            type: push
            columns:
              - {name: at, type: TIMESTAMP, required: true%3$s}
              - {name: a, type: STRING}
              - {name: id, type: STRING}
              - {name: bad, type: INT64}
              - {name: gone, type: BOOLEAN}
            %4$sevent_timestamp: at
            tombstone: gone
            %5$s
            %6$s
            ---
            %7$s
            """.formatted(
                        entity(),
                        name,
                        isLocal ? ", time_zone: " + ZONE : "",
                        columns,
                        hasRowId ? "row_id: [id]" : "",
                        isMended ? "" : "expectations: [{column: bad, between: [0, 0]}]",
                        viewYaml());
    }

    private String viewYaml() {
        return """
            kind: feature_view
            name: %s
            entities: [%s]
            source: %s_rows
            features:
              - {name: newest, column: s}
            %s\
            """.formatted(
                name,
                keys.isEmpty() ? "" : name + "_entity",
                name,
                features.stream().map(feature -> "  - " + feature.yaml()).collect(Collectors.joining("\n")));
    }

    private String entity() {
        var all = keys.stream()
                .map(key -> "{name: %s, type: %s}".formatted(key, key.equals("a") ? "STRING" : COLUMNS.get(key)))
                .toList();
        return keys.isEmpty()
                ? ""
                : "kind: entity%nname: %s_entity%nkeys: [%s]%n---%n".formatted(name, String.join(", ", all));
    }

    private static Feature feature(String name, Random random) {
        var input = input(random);
        String function = function(input, random);
        var window = window(random, !List.of("last_n", "distinct_n", "top_k").contains(function));
        String yaml = "name: %s, aggregate: %s".formatted(name, function);
        boolean isRows = function.equals("count") && random.nextBoolean();
        var aggregate = new OracleAggregate(
                function, isRows ? null : input.value(), isRows ? "" : input.type(), null, window, 0, 0, null, 0);
        yaml += isRows ? "" : ", " + input.yaml();
        if (List.of("last_n", "distinct_n", "top_k").contains(function)) {
            aggregate = aggregate.withN(1 + random.nextInt(4));
            yaml += ", n: " + aggregate.n();
        }
        if (function.equals("approx_quantile")) {
            aggregate = aggregate.withQuantile(new double[] {0.01, 0.5, 0.95, 1}[random.nextInt(4)]);
            yaml += ", quantile: " + aggregate.quantile();
        }
        if (random.nextInt(3) == 0) {
            var condition = condition(random);
            aggregate = aggregate.where(condition.value());
            yaml += ", where: \"%s\"".formatted(condition.yaml());
        }
        if (canBeBucketed(function) && window.steps() == 0 && random.nextInt(3) == 0) {
            aggregate = aggregate.by(List.of("c", "c", "b", "i").get(random.nextInt(4)), 1 + random.nextInt(5));
            yaml += ", by: %s, max_keys: %s".formatted(aggregate.by(), aggregate.maxKeys());
        }
        return new Feature(name, "{%s, %s}".formatted(yaml, yaml(window)), aggregate);
    }

    private static boolean canBeBucketed(String function) {
        return !List.of("count_distinct", "approx_quantile", "last_n", "distinct_n", "top_k")
                .contains(function);
    }

    private static String function(Input input, Random random) {
        var functions = new ArrayList<>(List.of("count", "first", "last", "count_distinct", "last_n"));
        if (input.isNumber()) {
            functions.addAll(List.of(
                    "sum", "avg", "sum", "avg", "stddev", "stddev_pop", "variance", "variance_pop", "approx_quantile"));
        }
        if (input.isOrdered()) {
            functions.addAll(List.of("min", "max", "min", "max"));
        }
        if (input.isShort()) {
            functions.addAll(List.of("distinct_n", "top_k"));
        }
        return functions.get(random.nextInt(functions.size()));
    }

    private static Input input(Random random) {
        var names = COLUMNS.keySet().stream().sorted().toList();
        int choice = random.nextInt(names.size() + 4);
        return switch (choice - names.size()) {
            case 0 -> new Input("expression: x * 2", "INT64", row -> twice((Long) row.get("x")));
            case 1 ->
                new Input("expression: y / x", "FLOAT64", row -> quotient((Double) row.get("y"), (Long) row.get("x")));
            case 2 ->
                new Input(
                        "expression: length(s)",
                        "INT64",
                        row -> row.get("s") instanceof String text
                                ? (long) text.codePointCount(0, text.length())
                                : null);
            case 3 ->
                new Input(
                        "expression: \"s + '!'\"",
                        "STRING",
                        row -> row.get("s") instanceof String text ? text + '!' : null);
            default -> {
                String column = names.get(choice);
                yield new Input("column: " + column, COLUMNS.get(column), row -> row.get(column));
            }
        };
    }

    private static Object twice(Long value) {
        if (value == null) {
            return null;
        }
        return Math.abs(value) > Long.MAX_VALUE / 2 ? OracleAggregate.FAILED : (Object) (value * 2);
    }

    private static Object quotient(Double value, Long by) {
        if (value == null || by == null) {
            return null;
        }
        double quotient = value / by;
        return by == 0 || !Double.isFinite(quotient) ? OracleAggregate.FAILED : (Object) quotient;
    }

    private static Input condition(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> new Input("x > 0", "", row -> row.get("x") == null ? null : (Object) ((Long) row.get("x") > 0));
            case 1 ->
                new Input("f < 5.0 || b", "", row -> either(smaller((Double) row.get("f")), (Boolean) row.get("b")));
            case 2 ->
                new Input(
                        "s != 'a'",
                        "",
                        row -> row.get("s") == null
                                ? null
                                : (Object) !row.get("s").equals("a"));
            default ->
                new Input(
                        "10 / x > 2",
                        "",
                        row -> row.get("x") == null
                                ? null
                                : (Long) row.get("x") == 0
                                        ? OracleAggregate.FAILED
                                        : (Object) (10.0 / (Long) row.get("x") > 2));
        };
    }

    private static Boolean smaller(Double value) {
        return value == null ? null : (Boolean) (value < 5.0);
    }

    /** As in SQL: unknown or true is true. */
    private static Object either(Boolean a, Boolean b) {
        if (Boolean.TRUE.equals(a) || Boolean.TRUE.equals(b)) {
            return true;
        }
        return a == null || b == null ? null : (Object) false;
    }

    private static OracleWindow window(Random random, boolean canBeSeries) {
        if (canBeSeries && random.nextInt(6) == 0) {
            long step = STEPS[random.nextInt(STEPS.length)];
            long hop = random.nextInt(3) > 0 ? step : hopWithin(step);
            long offset = random.nextBoolean() ? 0 : hop * (1 + random.nextInt(70));
            return new OracleWindow(step, hop, offset, 2 + random.nextInt(4));
        }
        long length = LENGTHS[random.nextInt(LENGTHS.length)];
        if (length == 0) {
            return OracleWindow.of(0, DAY);
        }
        // no window is made of more than 200 tiles
        long[] fitting = Arrays.stream(HOPS)
                .filter(hop -> hop <= length && (hop >= MINUTE || length <= 200 * hop))
                .toArray();
        long hop = random.nextBoolean() ? defaultHop(length) : fitting[random.nextInt(fitting.length)];
        long offset = random.nextInt(4) > 0 ? 0 : hop * (1 + random.nextInt(8));
        return new OracleWindow(length, hop, offset, 0);
    }

    private static long hopWithin(long step) {
        return step == DAY ? HOUR : step == HOUR ? 5 * MINUTE : MINUTE;
    }

    private static long defaultHop(long length) {
        if (length == 0 || length >= 12 * DAY) {
            return DAY;
        }
        return length >= 12 * HOUR ? HOUR : length > 2 * HOUR ? 5 * MINUTE : MINUTE;
    }

    private static String yaml(OracleWindow window) {
        String offset = window.offset() == 0 ? "" : ", offset: " + text(window.offset());
        if (window.steps() > 0) {
            String hop = window.hop() == window.length() ? "" : ", hop: " + text(window.hop());
            return "series: {step: %s, count: %s}%s%s".formatted(text(window.length()), window.steps(), hop, offset);
        }
        String length = window.length() == 0 ? "unbounded" : text(window.length());
        String hop = window.hop() == defaultHop(window.length()) ? "" : ", hop: " + text(window.hop());
        return "window: %s%s%s".formatted(length, hop, offset);
    }

    private static String text(long micros) {
        return micros / SECOND + "s";
    }
}
