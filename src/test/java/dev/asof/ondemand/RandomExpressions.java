package dev.asof.ondemand;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Expressions of every type that a feature has, made of all operators and functions there are. */
final class RandomExpressions {

    /** What an expression gives; ints and floats of any width. */
    enum Kind {
        INT,
        FLOAT,
        BOOL,
        TEXT,
        TIME,
        INTS,
        FLOATS,
        TEXTS
    }

    private static final List<String> ZONES =
            List.of("UTC", "America/New_York", "Asia/Kolkata", "Europe/Istanbul", "Australia/Lord_Howe");
    private static final List<String> PATTERNS = List.of("a+", "^[A-Z]", "\\\\d{2}", "(?i)stan", "ü$", "^$", "o|u");

    private final Random chance;
    private final Map<Kind, List<String>> inputs;
    private final List<String> floatMaps;
    private final List<String> intMaps;
    private final Set<String> functions = new TreeSet<>();

    /**
     * @param inputs names by what they are
     * @param floatMaps names of maps from texts to floats
     * @param intMaps names of maps from texts to ints
     */
    RandomExpressions(Random chance, Map<Kind, List<String>> inputs, List<String> floatMaps, List<String> intMaps) {
        this.chance = chance;
        this.inputs = inputs;
        this.floatMaps = floatMaps;
        this.intMaps = intMaps;
    }

    /** The names of those used so far. */
    Set<String> functions() {
        return functions;
    }

    String any() {
        var kinds = Kind.values();
        return of(kinds[chance.nextInt(kinds.length)], 1 + chance.nextInt(4));
    }

    private String of(Kind kind, int depth) {
        if (depth <= 0 || chance.nextInt(8) == 0) {
            return chance.nextInt(4) > 0 ? input(kind) : literal(kind);
        }
        return switch (kind) {
            case INT -> integer(depth - 1);
            case FLOAT -> real(depth - 1);
            case BOOL -> bool(depth - 1);
            case TEXT -> text(depth - 1);
            case TIME -> either(kind, depth - 1);
            case INTS, FLOATS, TEXTS -> call("slice", of(kind, depth - 1), index(), of(Kind.INT, depth - 2));
        };
    }

    private String input(Kind kind) {
        return pick(inputs.get(kind));
    }

    private String literal(Kind kind) {
        return switch (kind) {
            case INT -> Integer.toString(chance.nextInt(40));
            case FLOAT -> pick(List.of("0.5", "2.0", "1e-3", "1e200", "3.25", "0.1"));
            case BOOL -> pick(List.of("true", "false"));
            case TEXT -> pick(List.of("'food'", "'I'", "'ı'", "''", "'12'", "'ÄÖ ü'", "'😀x'", "'1.5'"));
            case TIME -> call("timestamp", pick(List.of("'2026-01-31T00:00:00Z'", "'1969-12-31T23:59:59.999999Z'")));
            case INTS, FLOATS, TEXTS -> input(kind);
        };
    }

    /** One that hasn't been used comes first, so that none is left out by chance. */
    private String function(List<String> names) {
        return names.stream()
                .filter(name -> !functions.contains(name))
                .findFirst()
                .orElseGet(() -> pick(names));
    }

    private String index() {
        return Integer.toString(chance.nextInt(4));
    }

    private String number(int depth) {
        return of(chance.nextBoolean() ? Kind.INT : Kind.FLOAT, depth);
    }

    private Kind scalar() {
        return pick(List.of(Kind.INT, Kind.FLOAT, Kind.BOOL, Kind.TEXT, Kind.TIME));
    }

    private String integer(int depth) {
        return switch (chance.nextInt(20)) {
            case 0 -> binary(pick(List.of("+", "-", "*", "%")), of(Kind.INT, depth), of(Kind.INT, depth));
            case 1 -> "(-%s)".formatted(of(Kind.INT, depth));
            case 2 -> call("abs", of(Kind.INT, depth));
            case 3 -> call(function(List.of("round", "floor", "ceil")), of(Kind.FLOAT, depth));
            case 4 -> call("bucketize", number(depth), pick(List.of("[0, 10, 20]", "[-1.5, 0.0, 2.25, 100.0]")));
            case 5 -> call("hour_of_day", of(Kind.TIME, depth));
            case 6 -> call("hour_of_day", of(Kind.TIME, depth), "'" + pick(ZONES) + "'");
            case 7 -> call("day_of_week", of(Kind.TIME, depth));
            case 8 -> call("day_of_week", of(Kind.TIME, depth), "'" + pick(ZONES) + "'");
            case 9 -> call(function(List.of("length", "size")), of(Kind.TEXT, depth));
            case 10 -> call("size", of(list(), depth));
            case 11 -> call("size", pick(chance.nextBoolean() ? intMaps : floatMaps));
            case 12 -> call("levenshtein", of(Kind.TEXT, depth), of(Kind.TEXT, depth));
            case 13 -> call("int", of(pick(List.of(Kind.FLOAT, Kind.TEXT, Kind.BOOL)), depth));
            case 14 ->
                call(
                        "hash_bucket",
                        of(pick(List.of(Kind.TEXT, Kind.INT, Kind.BOOL)), depth),
                        pick(List.of("7", "1000")));
            case 15 -> call(function(List.of("sum", "min", "max")), of(Kind.INTS, depth));
            case 16 -> "%s[%s]".formatted(of(Kind.INTS, depth), index());
            case 17 -> "%s[%s]".formatted(pick(intMaps), of(Kind.TEXT, depth));
            default -> either(Kind.INT, depth);
        };
    }

    private String real(int depth) {
        return switch (chance.nextInt(20)) {
            case 0 -> binary(pick(List.of("+", "-", "*", "%")), of(Kind.FLOAT, depth), number(depth));
            case 1, 2 -> binary("/", number(depth), number(depth));
            case 3 -> call(function(List.of("ln", "log10", "exp", "sqrt")), number(depth));
            case 4 -> call("pow", number(depth), number(depth));
            case 5 -> call("abs", of(Kind.FLOAT, depth));
            case 6 -> call("round", number(depth), pick(List.of("0", "2", "5")));
            case 7 ->
                call(function(List.of("days_between", "seconds_between")), of(Kind.TIME, depth), of(Kind.TIME, depth));
            case 8 -> call("double", of(pick(List.of(Kind.INT, Kind.TEXT, Kind.BOOL)), depth));
            case 9 -> call("geo_distance", number(depth), number(depth), number(depth), number(depth));
            case 10 -> call(function(List.of("sum", "min", "max")), of(Kind.FLOATS, depth));
            case 11, 12 ->
                call(function(List.of("mean", "stddev")), of(chance.nextBoolean() ? Kind.INTS : Kind.FLOATS, depth));
            case 13, 14 -> call(function(List.of("dot", "cosine")), of(Kind.FLOATS, depth), of(Kind.FLOATS, depth));
            case 15 -> "%s[%s]".formatted(of(Kind.FLOATS, depth), index());
            case 16, 17 -> "%s[%s]".formatted(pick(floatMaps), of(Kind.TEXT, depth));
            default -> either(Kind.FLOAT, depth);
        };
    }

    private String bool(int depth) {
        var kind = scalar();
        return switch (chance.nextInt(12)) {
            case 0 -> binary(pick(List.of("==", "!=")), of(kind, depth), of(kind, depth));
            case 1 -> binary(pick(List.of("<", "<=", ">", ">=")), number(depth), number(depth));
            case 2 -> {
                var ordered = pick(List.of(Kind.TEXT, Kind.TIME));
                yield binary(pick(List.of("<", ">=")), of(ordered, depth), of(ordered, depth));
            }
            case 3 -> binary(pick(List.of("&&", "||")), of(Kind.BOOL, depth), of(Kind.BOOL, depth));
            case 4 -> "(!%s)".formatted(of(Kind.BOOL, depth));
            case 5 -> binary(pick(List.of("==", "!=")), of(kind, depth), "null");
            case 6 ->
                call(
                        function(List.of("contains", "starts_with", "ends_with")),
                        of(Kind.TEXT, depth),
                        of(Kind.TEXT, depth));
            case 7 -> call("matches", of(Kind.TEXT, depth), "'" + pick(PATTERNS) + "'");
            case 8 -> {
                var list = list();
                yield chance.nextBoolean()
                        ? call("contains", of(list, depth), of(element(list), depth))
                        : binary("in", of(element(list), depth), of(list, depth));
            }
            case 9 -> binary("in", of(Kind.TEXT, depth), pick(floatMaps));
            case 10 -> binary("in", of(Kind.INT, depth), "[1, 2, 3]");
            default -> either(Kind.BOOL, depth);
        };
    }

    private String text(int depth) {
        return switch (chance.nextInt(8)) {
            case 0 -> binary("+", of(Kind.TEXT, depth), of(Kind.TEXT, depth));
            case 1, 2 -> call(function(List.of("lower", "upper", "trim")), of(Kind.TEXT, depth));
            case 3 -> call("slice", of(Kind.TEXT, depth), index(), of(Kind.INT, depth));
            case 4, 5 -> call("string", of(pick(List.of(Kind.INT, Kind.FLOAT, Kind.BOOL, Kind.TIME)), depth));
            case 6 -> "%s[%s]".formatted(of(Kind.TEXTS, depth), index());
            default -> either(Kind.TEXT, depth);
        };
    }

    /** One of several. */
    private String either(Kind kind, int depth) {
        int choice = chance.nextInt(kind == Kind.BOOL ? 3 : 4);
        if (choice == 0) {
            return "(%s ? %s : %s)".formatted(of(Kind.BOOL, depth), of(kind, depth), of(kind, depth));
        }
        if (choice == 1) {
            return "(%s ? null : %s)".formatted(of(Kind.BOOL, depth), of(kind, depth));
        }
        var several = IntStream.range(0, 2 + chance.nextInt(2))
                .mapToObj(_ -> of(kind, depth))
                .toArray(String[]::new);
        return call(choice == 2 ? "coalesce" : pick(List.of("min", "max")), several);
    }

    private Kind list() {
        return pick(List.of(Kind.INTS, Kind.FLOATS, Kind.TEXTS));
    }

    private static Kind element(Kind list) {
        return switch (list) {
            case INTS -> Kind.INT;
            case FLOATS -> Kind.FLOAT;
            case TEXTS -> Kind.TEXT;
            case INT, FLOAT, BOOL, TEXT, TIME -> list;
        };
    }

    private static String binary(String operator, String one, String other) {
        return "(%s %s %s)".formatted(one, operator, other);
    }

    private String call(String function, String... arguments) {
        functions.add(function);
        return "%s(%s)".formatted(function, String.join(", ", arguments));
    }

    private <T> T pick(List<T> from) {
        return from.get(chance.nextInt(from.size()));
    }
}
