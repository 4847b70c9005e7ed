package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the order and the parts, and however often it was encoded on the way: the same rows make the same bytes. */
class MergeOrderTest {

    static Stream<StateKind> kinds() {
        var each = new ArrayList<StateKind>(List.of(
                new StateKind.Count(),
                new StateKind.IntegerSum(),
                new StateKind.DistinctHashes(),
                new StateKind.QuantileBuckets()));
        for (var type : ScalarType.values()) {
            each.add(new StateKind.Edge(true, type));
            each.add(new StateKind.Edge(false, type));
            each.add(new StateKind.LastValues(7, type));
            if (type != ScalarType.BOOLEAN && type != ScalarType.BYTES) {
                each.add(new StateKind.Extreme(true, type));
                each.add(new StateKind.Extreme(false, type));
            }
        }
        for (var type : List.of(ScalarType.BOOLEAN, ScalarType.INT32, ScalarType.INT64, ScalarType.STRING)) {
            each.add(new StateKind.LastDistinct(5, type));
            each.add(new StateKind.Frequencies(2, type));
            each.add(new StateKind.Buckets(new StateKind.Count(), 3, type));
            each.add(new StateKind.Buckets(new StateKind.IntegerSum(), 1, type));
            each.add(new StateKind.Buckets(new StateKind.Edge(true, ScalarType.STRING), 2, type));
        }
        return each.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void W3_anyOrderAndAnyPartsMakeTheSameBytes(StateKind kind) {
        var random = new Random(11);
        for (int size : new int[] {0, 1, 2, 3, 8, 40, 300, 3000}) {
            var rows = rows(kind, size, random);
            byte[] bytes = encoded(state(kind, rows));
            Collections.shuffle(rows, random);
            assertThat(encoded(state(kind, rows))).isEqualTo(bytes);
            for (int parts : new int[] {2, 5, 40}) {
                assertThat(encoded(merged(kind, rows, parts, random))).isEqualTo(bytes);
            }
            assertThat(encoded(kind.decode(new StateReader(bytes)))).isEqualTo(bytes);
        }
    }

    /** Parts merged as objects or as bytes, in any order, pairwise. */
    private static AggregateState merged(StateKind kind, List<Row> rows, int parts, Random random) {
        var states = new ArrayList<AggregateState>();
        for (int part = 0; part < parts; part++) {
            int number = part;
            states.add(state(
                    kind,
                    IntStream.range(0, rows.size())
                            .filter(i -> i % parts == number)
                            .mapToObj(rows::get)
                            .toList()));
        }
        while (states.size() > 1) {
            var into = states.remove(random.nextInt(states.size()));
            var from = states.remove(random.nextInt(states.size()));
            byte[] before = encoded(from);
            if (random.nextBoolean()) {
                into.merge(from);
                assertThat(encoded(from)).isEqualTo(before);
            } else {
                var reader = new StateReader(before);
                into.mergeEncoded(reader);
                assertThat(reader.hasMore()).isFalse();
            }
            states.add(into);
        }
        return states.getFirst();
    }

    record Row(@Nullable Object value, @Nullable Object key, long event, long sequence) {

        void addTo(AggregateState state) {
            if (key == null) {
                state.add(value, value == null ? 0 : ValueHash.of(value), event, sequence);
            } else {
                state.inBucket(key, ValueHash.of(key)).add(value, 0, event, sequence);
            }
        }
    }

    private static AggregateState state(StateKind kind, List<Row> rows) {
        var state = kind.empty();
        rows.forEach(row -> row.addTo(state));
        assertThat(state.isEmpty()).isEqualTo(rows.isEmpty());
        return state;
    }

    private static byte[] encoded(AggregateState state) {
        var out = new StateWriter();
        state.encode(out);
        return out.toBytes();
    }

    private static List<Row> rows(StateKind kind, int size, Random random) {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < size; i++) {
            Object key = kind instanceof StateKind.Buckets buckets ? value(buckets.keyType(), random) : null;
            Object value = value(kind instanceof StateKind.Buckets buckets ? buckets.each() : kind, random);
            rows.add(new Row(value, key, random.nextLong(-50, 50) * 1_000_000, i));
        }
        return rows;
    }

    private static @Nullable Object value(StateKind kind, Random random) {
        return switch (kind) {
            case StateKind.Count _ -> null;
            case StateKind.IntegerSum _ -> random.nextBoolean() ? random.nextLong() : random.nextLong(100);
            case StateKind.FloatSum _, StateKind.Moments _ -> random.nextGaussian();
            case StateKind.Extreme(boolean _, ScalarType type) -> value(type, random);
            case StateKind.Edge(boolean _, ScalarType type) -> value(type, random);
            case StateKind.DistinctHashes _ -> ValueHash.of(random.nextLong(5000));
            case StateKind.QuantileBuckets _ -> QuantileBucket.of(random.nextGaussian());
            case StateKind.LastValues(int _, ScalarType type) -> random.nextInt(4) == 0 ? null : value(type, random);
            case StateKind.LastDistinct(int _, ScalarType type) -> value(type, random);
            case StateKind.Frequencies(int _, ScalarType type) -> value(type, random);
            case StateKind.Buckets _ -> throw new IllegalArgumentException();
        };
    }

    static Object value(ScalarType type, Random random) {
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> random.nextInt(60) == 0 ? Integer.MIN_VALUE : random.nextInt(40);
            case INT64 -> random.nextInt(60) == 0 ? Long.MAX_VALUE : random.nextLong(40);
            case FLOAT32 -> new float[] {1.5f, -0.0f, 0f, Float.NaN, Float.NEGATIVE_INFINITY, 3e38f}[random.nextInt(6)];
            case FLOAT64 -> new double[] {1.1, -0.0, 0, Double.NaN, 1e-300, 7}[random.nextInt(6)];
            case STRING ->
                new String[] {"", "a", "zz", "\uD83D\uDE00", "\uFFFD", "é"}[random.nextInt(6)] + random.nextInt(10);
            case BYTES -> ("b" + random.nextInt(50)).getBytes(StandardCharsets.UTF_8);
            case TIMESTAMP -> Timestamps.ofMicros(random.nextLong(-5_000_000, 5_000_000));
        };
    }
}
