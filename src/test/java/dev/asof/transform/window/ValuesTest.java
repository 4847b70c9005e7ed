package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.shared.ScalarType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** How states tell values apart, order and write them. */
class ValuesTest {

    /** They are stored: another hash would be another answer for what is kept. */
    @Test
    void W3_hashesAreTheSameForEver() {
        assertThat(ValueHash.of(1L)).isEqualTo(19144387141682250L);
        assertThat(ValueHash.of("food")).isEqualTo(-6248182916591715035L);
    }

    @Test
    void W3_hashesGoByTheValueNotItsType() {
        assertThat(ValueHash.of(7)).isEqualTo(ValueHash.of(7L));
        assertThat(ValueHash.of(true)).isEqualTo(ValueHash.of(1L));
        assertThat(ValueHash.of(1.5f)).isEqualTo(ValueHash.of(1.5));
        assertThat(ValueHash.of(Instant.EPOCH.plusNanos(5_000))).isEqualTo(ValueHash.of(5L));
        assertThat(ValueHash.of(Double.longBitsToDouble(0x7ff8000000000001L))).isEqualTo(ValueHash.of(Double.NaN));
        assertThat(ValueHash.of(-0.0)).isNotEqualTo(ValueHash.of(0.0));
        assertThat(ValueHash.of("a")).isEqualTo(ValueHash.of(new byte[] {'a'}));
    }

    @Property(tries = 500)
    void W6_shortTextIsTheLongestOfWholeCharacters(@ForAll @StringLength(max = 300) String text) {
        if (dev.asof.shared.Surrogates.unpaired(text) >= 0) {
            return;
        }
        String cut = ShortText.of(text);

        assertThat(text).startsWith(cut);
        assertThat(bytes(cut)).hasSizeLessThanOrEqualTo(256);
        if (!cut.equals(text)) {
            int next = text.codePointAt(cut.length());
            assertThat(bytes(cut + Character.toString(next))).hasSizeGreaterThan(256);
        }
    }

    @Test
    void W6_aCharacterOfSeveralBytesIsKeptWhole() {
        assertThat(ShortText.of("a" + "\uD83D\uDE80".repeat(64))).isEqualTo("a" + "\uD83D\uDE80".repeat(63));
        assertThat(ShortText.of("\uD83D\uDE80".repeat(64))).isEqualTo("\uD83D\uDE80".repeat(64));
        assertThat(ShortText.of("é".repeat(129))).isEqualTo("é".repeat(128));
    }

    @Property(tries = 1000)
    void W3_textIsOrderedByItsBytes(@ForAll String a, @ForAll String b) {
        if (dev.asof.shared.Surrogates.unpaired(a) >= 0 || dev.asof.shared.Surrogates.unpaired(b) >= 0) {
            return;
        }
        assertThat(Integer.signum(ValueOrder.of(ScalarType.STRING).compare(a, b)))
                .isEqualTo(Integer.signum(Arrays.compareUnsigned(bytes(a), bytes(b))));
    }

    @Test
    void W3_charactersBeyondTheFirstPlaneComeLast() {
        var inOrder = List.<Object>of("", "a", "aa", "\uE000", "\uFFFD", "\uFFFDa", "\uD83D\uDE80", "\uD83D\uDE81");

        assertThat(inOrder).isSortedAccordingTo(ValueOrder.of(ScalarType.STRING));
    }

    @Property
    void W3_bucketsAreInTheNumbersOrder(@ForAll double a, @ForAll double b) {
        int order = Double.compare(a, b);
        int buckets = Integer.compare(QuantileBucket.of(a), QuantileBucket.of(b));

        assertThat(buckets == 0 || Integer.signum(buckets) == Integer.signum(order))
                .isTrue();
        double number = QuantileBucket.number(QuantileBucket.of(a));
        assertThat(Math.abs(number)).isLessThanOrEqualTo(Math.abs(a));
        assertThat(Math.abs(a - number)).isLessThanOrEqualTo(Math.max(Math.abs(a) / 256, Double.MIN_NORMAL));
    }

    @Test
    void W3_edgesOfBuckets() {
        assertThat(QuantileBucket.of(-0.0)).isEqualTo(-1);
        assertThat(QuantileBucket.of(0.0)).isZero();
        for (double exact :
                new double[] {0.0, -0.0, 1, -1, 511, -511, 1 / 256.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
                }) {
            assertThat(QuantileBucket.number(QuantileBucket.of(exact))).isEqualTo(exact);
        }
        assertThatThrownBy(() -> QuantileBucket.of(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 300)
    void numbersAreReadAsTheyWereWritten(@ForAll long integer, @ForAll double number, @ForAll float single) {
        var out = new StateWriter();
        out.putVarint(integer);
        out.putSigned(integer);
        out.putLong(integer);
        out.putDouble(number);
        out.put(ScalarType.FLOAT32, single);
        var in = new StateReader(out.toBytes());

        assertThat(in.readVarint()).isEqualTo(integer);
        assertThat(in.readSigned()).isEqualTo(integer);
        assertThat(in.readLong()).isEqualTo(integer);
        assertThat(in.readDouble()).isEqualTo(number);
        assertThat(in.read(ScalarType.FLOAT32)).isEqualTo(single);
        assertThat(in.hasMore()).isFalse();
    }

    @Test
    void bytesThatEndTooEarlyAreToldAndNotTrusted() {
        var out = new StateWriter();
        out.putVarint(Long.MAX_VALUE);

        for (StateKind kind : List.of(
                new StateKind.DistinctHashes(),
                new StateKind.QuantileBuckets(),
                new StateKind.LastValues(3, ScalarType.STRING))) {
            assertThatThrownBy(() -> kind.decode(new StateReader(out.toBytes())))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> new StateReader(new byte[0]).readByte()).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new StateReader(new byte[] {8, 1}).readDouble())
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new StateReader(new byte[] {5, 1}).readBytes())
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
