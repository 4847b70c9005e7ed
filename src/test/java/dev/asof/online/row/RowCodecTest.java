package dev.asof.online.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.online.ValueStatus;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.JsonValues;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

class RowCodecTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    record Sample(RegisteredView view, FeatureRow row) {}

    @Property(tries = 500)
    void J1_everyRowIsWrittenFromItsBytesAsTrainingWritesItsValues(
            @ForAll("rows") Sample sample, @ForAll boolean int64AsText) {
        var row = unpacked(sample.view(), RowCodec.pack(sample.view(), sample.row()));

        assertThat(row.eventMicros()).isEqualTo(Timestamps.toMicros(sample.row().eventTimestamp()));
        assertThat(row.isDeleted()).isFalse();
        for (int i = 0; i < sample.row().values().length; i++) {
            var type = sample.view().features().get(i).type();
            assertThat(JSON.readTree(json(row, i, int64AsText)))
                    .isEqualTo(JSON.readTree(expected(type, sample.row().values()[i], int64AsText)));
            assertThat(elements(row.value(i))).isEqualTo(elements(sample.row().values()[i]));
            assertThat(row.status(i)).isEqualTo(status(sample.row(), i));
        }
    }

    /** Whatever reads JSON sees the same number; this is about the very text. */
    @Property
    void J1_numbersAreWrittenInTheSameDigitsAsInTraining(
            @ForAll long int64, @ForAll double float64, @ForAll float float32) {
        var types = new LinkedHashMap<String, ValueType>();
        types.put("a", ScalarType.INT64);
        types.put("b", ScalarType.FLOAT64);
        types.put("c", ScalarType.FLOAT32);
        var view = TestViews.view(1, "v", Map.of("id", ScalarType.STRING), types, Optional.empty());
        var values = new Object[] {int64, float64, float32};
        var row = unpacked(view, RowCodec.pack(view, FeatureRow.of(new Object[] {"k"}, Instant.EPOCH, 1, values)));

        for (int i = 0; i < values.length; i++) {
            assertThat(json(row, i, false))
                    .isEqualTo(expected(view.features().get(i).type(), values[i], false));
        }
    }

    private static PackedRow unpacked(RegisteredView view, byte[] packed) {
        return new PackedRow(new RowLayout(view), packed);
    }

    private static String json(PackedRow row, int feature, boolean int64AsText) {
        var json = new JsonBytes(1);
        row.write(feature, json, int64AsText);
        return new String(json.toBytes(), StandardCharsets.UTF_8);
    }

    private static String expected(ValueType type, Object value, boolean int64AsText) {
        var out = new ByteArrayOutputStream();
        try (var json = JSON.createGenerator(out)) {
            JsonValues.write(json, type, value, int64AsText);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Lists as arrays, which are compared whatever is in them. */
    private static @Nullable Object elements(@Nullable Object value) {
        return value instanceof List<?> list ? list.toArray() : value;
    }

    private static ValueStatus status(FeatureRow row, int feature) {
        if (row.values()[feature] != null) {
            return ValueStatus.PRESENT;
        }
        return Arrays.stream(row.failed()).anyMatch(failed -> failed == feature)
                ? ValueStatus.ERROR
                : ValueStatus.NULL_VALUE;
    }

    @Property
    void headersCompareAsEventTimestampThenSequence(
            @ForAll long micros1, @ForAll long sequence1, @ForAll long micros2, @ForAll long sequence2) {
        var first = header(micros1 % 1_000_000_000_000_000L, sequence1);
        var second = header(micros2 % 1_000_000_000_000_000L, sequence2);
        int expected = micros1 % 1_000_000_000_000_000L == micros2 % 1_000_000_000_000_000L
                ? Long.compare(sequence1, sequence2)
                : Long.compare(micros1 % 1_000_000_000_000_000L, micros2 % 1_000_000_000_000_000L);

        assertThat(Integer.signum(Arrays.compareUnsigned(first, 1, 17, second, 1, 17)))
                .isEqualTo(expected);
    }

    @Example
    void aTombstoneIsAHeaderAlone() {
        var view = TestViews.counter(1);
        var packed = RowCodec.pack(view, FeatureRow.tombstone(new Object[] {"a"}, Instant.EPOCH, 5, 1));

        assertThat(packed).hasSize(18);
        assertThat(unpacked(view, packed).isDeleted()).isTrue();
    }

    @Example
    void tenDoublesTakeTenTimesEightBytesAndTheHeader() {
        var types = new LinkedHashMap<String, ValueType>();
        IntStream.range(0, 10).forEach(i -> types.put("f" + i, ScalarType.FLOAT64));
        var view = TestViews.view(1, "v", Map.of("id", ScalarType.STRING), types, Optional.empty());
        var values = new Object[10];
        Arrays.fill(values, 1.5);

        assertThat(RowCodec.pack(view, FeatureRow.of(new Object[] {"a"}, Instant.EPOCH, 1, values)))
                .hasSize(98);
    }

    @Example
    void whatAsofDidNotWriteIsRefused() {
        assertThatThrownBy(() -> unpacked(TestViews.counter(1), new byte[] {9, 9}))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("counter_1@v1");
    }

    private static byte[] header(long micros, long sequence) {
        return RowCodec.pack(
                TestViews.counter(1),
                FeatureRow.of(new Object[] {"a"}, Timestamps.ofMicros(micros), sequence, new Object[] {1L}));
    }

    @Provide
    Arbitrary<Sample> rows() {
        return types().list().ofMinSize(1).ofMaxSize(20).flatMap(types -> {
            var features = new LinkedHashMap<String, ValueType>();
            types.forEach(type -> features.put("f" + features.size(), type));
            var view = TestViews.view(7, "v", Map.of("id", ScalarType.STRING), features, Optional.empty());
            var values = Combinators.combine(types.stream()
                            .map(type -> values(type).injectNull(0.2))
                            .toList())
                    .as(List::toArray);
            return Combinators.combine(
                            values,
                            micros(),
                            Arbitraries.longs(),
                            Arbitraries.integers().between(0, 3))
                    .as((array, micros, sequence, failures) -> new Sample(
                            view,
                            new FeatureRow(
                                    new Object[] {"k"},
                                    Timestamps.ofMicros(micros),
                                    sequence,
                                    false,
                                    array,
                                    nullPositions(array, failures))));
        });
    }

    private static int[] nullPositions(Object[] values, int atMost) {
        return IntStream.range(0, values.length)
                .filter(i -> values[i] == null)
                .limit(atMost)
                .toArray();
    }

    private static Arbitrary<ValueType> types() {
        var scalars = Arbitraries.of(ScalarType.class);
        return Arbitraries.oneOf(scalars.map(type -> type), scalars.map(ListType::of));
    }

    private static Arbitrary<Long> micros() {
        return Arbitraries.longs().between(Timestamps.toMicros(Timestamps.MIN), Timestamps.toMicros(Timestamps.MAX));
    }

    private static Arbitrary<?> values(ValueType type) {
        return switch (type) {
            case ScalarType scalar -> scalars(scalar);
            case ListType list ->
                scalars(list.element())
                        .injectNull(0.2)
                        .list()
                        .ofMaxSize(40)
                        .map(elements -> Collections.unmodifiableList(new ArrayList<Object>(elements)));
        };
    }

    private static Arbitrary<?> scalars(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> Arbitraries.of(true, false);
            case INT32 -> Arbitraries.integers();
            case INT64 -> Arbitraries.longs();
            case FLOAT32 ->
                Arbitraries.oneOf(
                        Arbitraries.floats(),
                        Arbitraries.of(Float.NaN, Float.POSITIVE_INFINITY, -0f, Float.MIN_VALUE, Float.MAX_VALUE));
            case FLOAT64 ->
                Arbitraries.oneOf(
                        Arbitraries.doubles(),
                        Arbitraries.of(Double.NaN, Double.NEGATIVE_INFINITY, -0.0, Double.MIN_VALUE, Double.MAX_VALUE));
            case STRING ->
                Arbitraries.oneOf(
                        Arbitraries.strings().ofMaxLength(300).filter(RowCodecTest::isWellFormed),
                        Arbitraries.of("", "é", "e\u0301", "日本", "🛫", "{}\\"));
            case BYTES -> Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
            case TIMESTAMP -> micros().map(Timestamps::ofMicros);
        };
    }

    private static boolean isWellFormed(String text) {
        return java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }
}
