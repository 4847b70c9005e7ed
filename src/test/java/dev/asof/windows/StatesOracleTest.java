package dev.asof.windows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ScalarType;
import dev.asof.transform.window.Aggregate;
import dev.asof.transform.window.AggregateFunction;
import dev.asof.transform.window.AggregateResult;
import dev.asof.transform.window.AggregateState;
import dev.asof.transform.window.QuantileBucket;
import dev.asof.transform.window.ShortText;
import dev.asof.transform.window.StateReader;
import dev.asof.transform.window.StateWriter;
import dev.asof.transform.window.ValueHash;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * States of random rows, made in parts, in any order, merged in any order and written in between, against the oracle's answers
 * of the raw rows: beyond what sketches hold exactly too, where the oracle makes the same sketch of the values.
 */
class StatesOracleTest {

    private static final int ROUNDS = Integer.getInteger("asof.windows.rounds", 20);
    private static final OracleWindow ALL = OracleWindow.of(0, 1);

    @ParameterizedTest
    @EnumSource
    void W3_statesAnswerWhatTheirRowsDo(AggregateFunction function) {
        for (ScalarType type : types(function)) {
            for (int round = 0; round < ROUNDS; round++) {
                var random = new Random(round * 31L + type.ordinal());
                var rows = rows(random, type, round % 10 == 0 ? 6_000 : 1 + random.nextInt(120));
                var by = function.canBeBucketed() && random.nextInt(3) == 0
                        ? Optional.of(new Aggregate.By(ScalarType.STRING, 1 + random.nextInt(6)))
                        : Optional.<Aggregate.By>empty();
                check(aggregate(random, function, type, by), type, rows, random);
            }
        }
    }

    private static Aggregate aggregate(
            Random random, AggregateFunction function, ScalarType type, Optional<Aggregate.By> by) {
        return new Aggregate(
                function,
                Optional.of(type),
                function.isSized() ? 1 + random.nextInt(5) : 0,
                function == AggregateFunction.APPROX_QUANTILE ? random.nextInt(101) / 100.0 : 0,
                by);
    }

    private static void check(Aggregate aggregate, ScalarType type, List<RawEvent> rows, Random random) {
        var expected = OracleFunctions.answer(
                new OracleAggregate(
                        aggregate.function().text(),
                        row -> row.get("v"),
                        type.name(),
                        null,
                        ALL,
                        aggregate.size(),
                        aggregate.quantile(),
                        aggregate.by().isPresent() ? "c" : null,
                        aggregate.by().map(Aggregate.By::maxKeys).orElse(0)),
                rows);
        var got = aggregate.finish(stateOf(aggregate, type, rows, random));
        assertThat(Comparison.same(expected, plain(got.value())))
                .as("%s of %s rows: expected %s, got %s", aggregate, rows.size(), expected, got)
                .isTrue();
        assertThat(status(got)).as("%s: %s", aggregate, expected).isEqualTo(expected.status());
    }

    private static String status(AggregateResult result) {
        return switch (result.status()) {
            case PRESENT -> "PRESENT";
            case NULL -> "NULL_VALUE";
            case FAILED -> "ERROR";
            case TRUNCATED -> "TRUNCATED";
        };
    }

    private static AggregateState stateOf(Aggregate aggregate, ScalarType type, List<RawEvent> rows, Random random) {
        var shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, random);
        var parts = new ArrayList<AggregateState>();
        parts.add(aggregate.kind().empty());
        for (RawEvent row : shuffled) {
            if (random.nextInt(20) == 0) {
                parts.add(aggregate.kind().empty());
            }
            add(aggregate, parts.get(random.nextInt(parts.size())), type, row);
        }
        Collections.shuffle(parts, random);
        var merged = parts.removeLast();
        for (AggregateState part : parts) {
            if (random.nextBoolean()) {
                merged.merge(part);
            } else {
                merged.mergeEncoded(new StateReader(encoded(part)));
            }
        }
        return aggregate.kind().decode(new StateReader(encoded(merged)));
    }

    private static byte[] encoded(AggregateState state) {
        var out = new StateWriter();
        state.encode(out);
        return out.toBytes();
    }

    private static void add(Aggregate aggregate, AggregateState state, ScalarType type, RawEvent row) {
        Object raw = row.values().get("v");
        if (raw == null && aggregate.function() != AggregateFunction.LAST_N) {
            return;
        }
        Object value = raw == null ? null : kept(aggregate.function(), typed(type, raw));
        if (value == null && raw != null) {
            return;
        }
        long hash = aggregate.function() == AggregateFunction.TOP_K && value != null ? ValueHash.of(value) : 0;
        if (aggregate.by().isEmpty()) {
            state.add(value, hash, row.time(), row.sequence());
        } else if (row.values().get("c") instanceof String key) {
            state.inBucket(key, ValueHash.of(key)).add(value, hash, row.time(), row.sequence());
        }
    }

    private static Object typed(ScalarType type, Object value) {
        return switch (type) {
            case INT32 -> ((Long) value).intValue();
            case FLOAT32 -> ((Double) value).floatValue();
            case BOOLEAN, INT64, FLOAT64, STRING, BYTES, TIMESTAMP -> value;
        };
    }

    /** Null for what isn't kept. */
    private static Object kept(AggregateFunction function, Object value) {
        return switch (function) {
            case COUNT_DISTINCT -> ValueHash.of(value);
            case APPROX_QUANTILE -> {
                double number = ((Number) value).doubleValue();
                yield Double.isNaN(number) ? null : (Object) QuantileBucket.of(number);
            }
            case TOP_K, DISTINCT_N -> value instanceof String text ? ShortText.of(text) : value;
            default -> value;
        };
    }

    private static Object plain(Object value) {
        return switch (value) {
            case AggregateResult.Buckets buckets -> {
                var map = new HashMap<String, Object>();
                map.put("keys", plain(buckets.keys()));
                map.put("values", plain(buckets.values()));
                yield map;
            }
            case List<?> list -> {
                var all = new ArrayList<Object>();
                list.forEach(element -> all.add(plain(element)));
                yield all;
            }
            case null -> null;
            default -> value;
        };
    }

    private static List<ScalarType> types(AggregateFunction function) {
        return function.inputs().stream()
                .filter(type -> type != ScalarType.BYTES)
                .sorted()
                .toList();
    }

    private static List<RawEvent> rows(Random random, ScalarType type, int count) {
        int different = 1 + random.nextInt(count > 1000 ? 5_000 : 60);
        var rows = new ArrayList<RawEvent>();
        for (int i = 0; i < count; i++) {
            Map<String, Object> values = new HashMap<>();
            values.put("v", random.nextInt(9) == 0 ? null : value(random, type, different));
            values.put("c", random.nextInt(9) == 0 ? null : "c" + random.nextInt(different));
            rows.add(new RawEvent(List.of(), values, random.nextInt(count) - 20L, i, 0, false, List.of()));
        }
        rows.sort((a, b) ->
                a.time() == b.time() ? Long.compare(a.sequence(), b.sequence()) : Long.compare(a.time(), b.time()));
        return rows;
    }

    private static Object value(Random random, ScalarType type, int different) {
        int choice = random.nextInt(different);
        return switch (type) {
            case BOOLEAN -> choice % 2 == 0;
            case INT32 -> choice % 7 == 3 ? Integer.MIN_VALUE + (long) choice : choice - 30L;
            case INT64 -> choice % 50 == 3 ? Long.MAX_VALUE - choice : choice - 30L;
            case FLOAT32 -> choice % 11 == 3 ? -0.0 : (choice - 30) / 8.0;
            case FLOAT64 -> number(choice);
            case STRING -> choice % 13 == 3 ? "\ud83d\ude80".repeat(70) + choice : "v\ue000\u00e9" + choice;
            case TIMESTAMP -> Instant.parse("1969-12-31T23:00:00.000001Z").plusSeconds(choice * 120L);
            case BYTES -> throw new IllegalArgumentException();
        };
    }

    private static double number(int choice) {
        return switch (choice) {
            case 1 -> 0.0;
            case 2 -> -0.0;
            case 3 -> 1e300;
            case 4 -> Double.MIN_VALUE;
            case 5 -> choice % 2 == 1 ? -1e-300 : 0;
            case 1_777 -> Double.NaN;
            default -> (choice - 30) * 0.1;
        };
    }
}
