package dev.asof.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
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

class RowCodecTest {

    record Sample(RegisteredView view, FeatureRow row) {}

    @Property(tries = 500)
    void everyRowComesBackAsItWentIn(@ForAll("rows") Sample sample) {
        var packed = RowCodec.pack(sample.view(), sample.row());
        var back = RowCodec.unpack(sample.view(), packed, feature -> true);

        assertThat(back.eventMicros()).isEqualTo(Timestamps.toMicros(sample.row().eventTimestamp()));
        assertThat(back.deleted()).isFalse();
        assertThat(comparable(back.values())).isEqualTo(comparable(sample.row().values()));
        for (int i = 0; i < back.values().length; i++) {
            int feature = i;
            assertThat(back.failed().get(i))
                    .isEqualTo(Arrays.stream(sample.row().failed()).anyMatch(f -> f == feature));
        }
    }

    @Property(tries = 200)
    void featuresThatAreNotWantedAreSteppedOver(@ForAll("rows") Sample sample) {
        int last = sample.view().features().size() - 1;
        var packed = RowCodec.pack(sample.view(), sample.row());
        var back = RowCodec.unpack(sample.view(), packed, feature -> feature == last);

        var expected = new Object[last + 1];
        expected[last] = sample.row().values()[last];
        assertThat(comparable(back.values())).isEqualTo(comparable(expected));
    }

    @Property
    void headersCompareAsEventTimestampThenSequence(
            @ForAll long micros1, @ForAll long sequence1, @ForAll long micros2, @ForAll long sequence2) {
        var first = header(micros1 % 1_000_000_000_000_000L, sequence1);
        var second = header(micros2 % 1_000_000_000_000_000L, sequence2);
        int expected = micros1 % 1_000_000_000_000_000L == micros2 % 1_000_000_000_000_000L
                ? Long.compare(sequence1, sequence2)
                : Long.compare(micros1 % 1_000_000_000_000_000L, micros2 % 1_000_000_000_000_000L);

        assertThat(Integer.signum(Arrays.compareUnsigned(first, 1, 17, second, 1, 17))).isEqualTo(expected);
    }

    @Example
    void aTombstoneIsAHeaderAlone() {
        var view = TestViews.counter(1);
        var packed = RowCodec.pack(view, FeatureRow.tombstone(new Object[] {"a"}, Instant.EPOCH, 5, 1));

        assertThat(packed).hasSize(18);
        assertThat(RowCodec.unpack(view, packed, feature -> true).deleted()).isTrue();
    }

    @Example
    void tenDoublesTakeTenTimesEightBytesAndTheHeader() {
        var types = new LinkedHashMap<String, ValueType>();
        IntStream.range(0, 10).forEach(i -> types.put("f" + i, ScalarType.FLOAT64));
        var view = TestViews.view(1, "v", Map.of("id", ScalarType.STRING), types, Optional.empty());
        var values = new Object[10];
        Arrays.fill(values, 1.5);

        assertThat(RowCodec.pack(view, FeatureRow.of(new Object[] {"a"}, Instant.EPOCH, 1, values))).hasSize(98);
    }

    @Example
    void whatAsofDidNotWriteIsRefused() {
        assertThatThrownBy(() -> RowCodec.unpack(TestViews.counter(1), new byte[] {9, 9}, feature -> true))
                .isInstanceOf(AsofException.class)
                .hasMessageContaining("counter_1@v1");
    }

    /** The values with bytes as text, so that equals compares them; floats compare by their bits. */
    private static List<Object> comparable(Object[] values) {
        return Arrays.stream(values).map(RowCodecTest::comparable).toList();
    }

    private static Object comparable(Object value) {
        return switch (value) {
            case byte[] bytes -> HexFormat.of().formatHex(bytes);
            case List<?> list -> list.stream().map(RowCodecTest::comparable).toList();
            case null -> "null";
            default -> value;
        };
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
            var values = Combinators.combine(types.stream().map(type -> values(type).injectNull(0.2)).toList())
                    .as(List::toArray);
            return Combinators.combine(values, micros(), Arbitraries.longs(), Arbitraries.integers().between(0, 3))
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
        return IntStream.range(0, values.length).filter(i -> values[i] == null).limit(atMost).toArray();
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
            case STRING -> Arbitraries.oneOf(Arbitraries.strings().ofMaxLength(300).filter(RowCodecTest::isWellFormed),
                    Arbitraries.of("", "é", "e\u0301", "日本", "🛫", "{}\\"));
            case BYTES -> Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
            case TIMESTAMP -> micros().map(Timestamps::ofMicros);
        };
    }

    private static boolean isWellFormed(String text) {
        return java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }
}
