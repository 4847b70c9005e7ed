package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.asof.shared.ScalarType;
import dev.asof.transform.window.AggregateResult.Status;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums and moments against exact arithmetic, in parts that are merged in any order and written in between (rule W3). */
class NumberStatesTest {

    private static final MathContext DIGITS = new MathContext(80);

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W3_floatSumsAreRightTo1e12OfTheMagnitudes(@ForAll long seed) {
        var random = new Random(seed);
        double[] values = values(random);
        var state = merged(AggregateFunction.SUM, values, random);

        var exact = BigDecimal.ZERO;
        var magnitudes = BigDecimal.ZERO;
        for (double value : values) {
            exact = exact.add(new BigDecimal(value));
            magnitudes = magnitudes.add(new BigDecimal(value).abs());
        }
        near(number(AggregateFunction.SUM, state), exact, magnitudes);
        var count = BigDecimal.valueOf(values.length);
        near(number(AggregateFunction.AVG, state), exact.divide(count, DIGITS), magnitudes.divide(count, DIGITS));
    }

    /** A total that fits is answered, whatever stands in the way of it; one that doesn't is infinite. */
    private static void near(double got, BigDecimal exact, BigDecimal magnitudes) {
        double expected = exact.doubleValue();
        if (Double.isInfinite(expected)) {
            assertThat(got).isEqualTo(expected);
        } else {
            assertThat(new BigDecimal(got).subtract(exact).abs())
                    .isLessThanOrEqualTo(
                            magnitudes.multiply(new BigDecimal("1e-15")).add(new BigDecimal(Double.MIN_VALUE)));
        }
    }

    @Test
    void W3_totalsThatAreHugeOnTheWayAreRight() {
        double huge = Double.MAX_VALUE;

        assertThat(sum(huge, huge, -huge, -huge, 3)).isEqualTo(3);
        assertThat(sum(huge, huge)).isInfinite();
        assertThat(number(
                        AggregateFunction.AVG, merged(AggregateFunction.AVG, new double[] {huge, huge}, new Random(1))))
                .isEqualTo(huge);
        assertThat(sum(Double.MIN_VALUE, Double.MIN_VALUE)).isEqualTo(2 * Double.MIN_VALUE);
    }

    @Test
    void W3_infinitiesAndNanInSums() {
        double infinite = Double.POSITIVE_INFINITY;

        assertThat(sum(1, infinite, -Double.MAX_VALUE)).isEqualTo(infinite);
        assertThat(sum(-infinite, 1e300)).isEqualTo(-infinite);
        assertThat(sum(infinite, -infinite)).isNaN();
        assertThat(sum(infinite, Double.NaN)).isNaN();
    }

    private static double sum(double... values) {
        return number(AggregateFunction.SUM, merged(AggregateFunction.SUM, values, new Random(values.length)));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W3_variancesAreRight(@ForAll long seed) {
        var random = new Random(seed);
        double offset = new double[] {0, 1e3, -1e9}[random.nextInt(3)];
        double[] values = DoubleStream.generate(() -> offset + random.nextGaussian())
                .limit(1 + random.nextInt(1500))
                .toArray();
        var state = merged(AggregateFunction.VARIANCE, values, random);

        var sum = Arrays.stream(values).mapToObj(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
        var mean = sum.divide(BigDecimal.valueOf(values.length), DIGITS);
        double squares = Arrays.stream(values)
                .mapToObj(value -> new BigDecimal(value).subtract(mean).pow(2))
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .doubleValue();
        double slack = squares * 1e-14 * Math.max(1, Math.abs(offset)) + 1e-30;
        assertThat(number(AggregateFunction.VARIANCE_POP, state) * values.length)
                .isCloseTo(squares, within(slack));
        assertThat(number(AggregateFunction.STDDEV_POP, state))
                .isEqualTo(Math.sqrt(number(AggregateFunction.VARIANCE_POP, state)));
        if (values.length == 1) {
            assertThat(finish(AggregateFunction.VARIANCE, state).status()).isEqualTo(Status.NULL);
        } else {
            assertThat(number(AggregateFunction.VARIANCE, state) * (values.length - 1))
                    .isCloseTo(squares, within(slack));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, -1e300, 3e-300, 7})
    void W3_equalNumbersHaveNoVariance(double value) {
        double[] values = DoubleStream.generate(() -> value).limit(99).toArray();

        assertThat(number(AggregateFunction.STDDEV, merged(AggregateFunction.STDDEV, values, new Random(5))))
                .isZero();
    }

    @Test
    void W3_variancesOfWhatIsNotFiniteOrTooGreat() {
        assertThat(variance(1, Double.NaN)).isNaN();
        assertThat(variance(1, Double.POSITIVE_INFINITY, 2)).isNaN();
        assertThat(variance(Double.MAX_VALUE, -Double.MAX_VALUE, 5, Double.MAX_VALUE))
                .isEqualTo(Double.POSITIVE_INFINITY);
    }

    private static double variance(double... values) {
        return number(AggregateFunction.VARIANCE, merged(AggregateFunction.VARIANCE, values, new Random(1)));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void W3_integerTotalsAreExactIn128Bits(@ForAll long seed) {
        var random = new Random(seed);
        int count = 1 + random.nextInt(60);
        int shift = random.nextInt(64);
        var aggregate = aggregate(AggregateFunction.SUM, ScalarType.INT64);
        var parts = new ArrayList<AggregateState>();
        var exact = BigInteger.ZERO;
        for (int i = 0; i < count; i++) {
            long value = random.nextInt(9) == 0 ? Long.MIN_VALUE : random.nextLong() >> shift;
            exact = exact.add(BigInteger.valueOf(value));
            var part = aggregate.kind().empty();
            part.add(value, 0, i, i);
            parts.add(part);
        }
        var state = merge(parts, aggregate.kind(), random);

        boolean fits = exact.bitLength() < Long.SIZE;
        assertThat(aggregate.finish(state))
                .isEqualTo(
                        fits ? AggregateResult.present(exact.longValue()) : new AggregateResult(null, Status.FAILED));
        assertThat(aggregate(AggregateFunction.AVG, ScalarType.INT64)
                        .finish(state)
                        .value())
                .isEqualTo(exact.doubleValue() / count);
    }

    private static double[] values(Random random) {
        DoubleSupplier any = switch (random.nextInt(4)) {
            case 0 -> random::nextGaussian;
            case 1 ->
                () -> Double.longBitsToDouble(random.nextLong() & ~(0x7FFL << 52) | (long) random.nextInt(2047) << 52);
            case 2 -> () -> Double.MIN_VALUE * random.nextInt(-50, 50);
            default -> () -> (random.nextBoolean() ? 1 : -1) * Double.MAX_VALUE * random.nextDouble();
        };
        return DoubleStream.generate(any).limit(1 + random.nextInt(400)).toArray();
    }

    private static AggregateState merged(AggregateFunction function, double[] values, Random random) {
        var kind = aggregate(function, ScalarType.FLOAT64).kind();
        var parts = new ArrayList<AggregateState>();
        parts.add(kind.empty());
        for (int i = 0; i < values.length; i++) {
            if (random.nextInt(4) == 0) {
                parts.add(kind.empty());
            }
            parts.getLast().add(values[i], 0, i, i);
        }
        return merge(parts, kind, random);
    }

    private static AggregateState merge(List<AggregateState> parts, StateKind kind, Random random) {
        while (parts.size() > 1) {
            var into = parts.remove(random.nextInt(parts.size()));
            var from = parts.remove(random.nextInt(parts.size()));
            if (random.nextBoolean()) {
                into.merge(from);
            } else {
                var out = new StateWriter();
                from.encode(out);
                into.mergeEncoded(new StateReader(out.toBytes()));
            }
            parts.add(into);
        }
        var out = new StateWriter();
        parts.getFirst().encode(out);
        return kind.decode(new StateReader(out.toBytes()));
    }

    private static Aggregate aggregate(AggregateFunction function, ScalarType type) {
        return new Aggregate(function, Optional.of(type), 0, 0, Optional.empty());
    }

    private static AggregateResult finish(AggregateFunction function, AggregateState state) {
        return aggregate(function, ScalarType.FLOAT64).finish(state);
    }

    private static double number(AggregateFunction function, AggregateState state) {
        return (Double) Objects.requireNonNull(finish(function, state).value());
    }
}
