package dev.asof.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ScalarType;
import dev.asof.transform.ExpressionCompiler.Input;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** Arithmetic and comparison against arithmetic without limits. */
class ExpressionArithmeticPropertyTest {

    private static final List<Input> INTS = List.of(
            new Input("a", ScalarType.INT64), new Input("b", ScalarType.INT64), new Input("c", ScalarType.INT64));
    private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

    /** An expression with its exact value; the oracle throws where any step leaves INT64 or divides by zero. */
    record Tree(String text, Function<long[], BigInteger> oracle) {}

    private static final class Fails extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    @Property(tries = 500)
    void C2_intArithmeticIsExactOrFails(
            @ForAll("trees") Tree tree, @ForAll("longs") long a, @ForAll("longs") long b, @ForAll("longs") long c)
            throws Exception {
        CompiledExpression compiled = ExpressionCompiler.compile(tree.text(), INTS, Optional.empty());

        assertThat(outcome(() -> compiled.evaluate(new Object[] {a, b, c})))
                .as("%s with %s, %s, %s", tree.text(), a, b, c)
                .isEqualTo(expected(tree, a, b, c));
    }

    @Property(tries = 300)
    void C2_floatArithmeticIsCorrectlyRounded(@ForAll("numbers") Number a, @ForAll("numbers") Number b)
            throws Exception {
        var x = new BigDecimal(a.doubleValue());
        var y = new BigDecimal(b.doubleValue());
        boolean ints = a instanceof Long && b instanceof Long;
        if (!ints) {
            assertThat(evaluate("a + b", a, b)).isEqualTo(finite(x.add(y)));
            assertThat(evaluate("a - b", a, b)).isEqualTo(finite(x.subtract(y)));
            assertThat(evaluate("a * b", a, b)).isEqualTo(finite(x.multiply(y)));
            assertThat(evaluate("max(a, b)", a, b)).isEqualTo(finite(x.max(y)));
        }
        Object quotient = y.signum() == 0 ? "fails" : finite(x.divide(y, new MathContext(900, RoundingMode.HALF_EVEN)));
        assertThat(evaluate("a / b", a, b)).isEqualTo(quotient);
    }

    @Property(tries = 300)
    void C2_comparisonsAreExact(@ForAll("numbers") Number a, @ForAll("numbers") Number b) throws Exception {
        int order = exact(a).compareTo(exact(b));
        assertThat(evaluate("a < b", a, b)).isEqualTo(order < 0);
        assertThat(evaluate("a <= b", a, b)).isEqualTo(order <= 0);
        assertThat(evaluate("a == b", a, b)).isEqualTo(order == 0);
        assertThat(evaluate("a != b", a, b)).isEqualTo(order != 0);
        assertThat(evaluate("a >= b", a, b)).isEqualTo(order >= 0);
        assertThat(evaluate("a > b", a, b)).isEqualTo(order > 0);
        assertThat(evaluate("a in [b]", a, b)).isEqualTo(order == 0);
    }

    @Property(tries = 300)
    void C2_roundGoesToTheNearestAndHalvesAwayFromZero(@ForAll("doubles") double value) throws Exception {
        var rounded = new BigDecimal(value).setScale(0, RoundingMode.HALF_UP).toBigInteger();
        assertThat(evaluate("round(a)", value, 0L)).isEqualTo(fits(rounded) ? rounded.longValue() : "fails");
    }

    @Property(tries = 300)
    void C2_bucketizeCountsTheBoundariesNotAbove(
            @ForAll("numbers") Number value, @ForAll("boundaries") List<Integer> boundaries) throws Exception {
        long expected = boundaries.stream()
                .filter(boundary -> BigDecimal.valueOf(boundary).compareTo(exact(value)) <= 0)
                .count();
        assertThat(evaluate("bucketize(a, " + boundaries + ")", value, 0L)).isEqualTo(expected);
    }

    @Provide
    Arbitrary<Long> longs() {
        return Arbitraries.oneOf(
                Arbitraries.longs().between(-100, 100),
                Arbitraries.longs(),
                Arbitraries.of(Long.MIN_VALUE, Long.MAX_VALUE, 1L << 53, (1L << 53) + 1, -(1L << 53) - 1));
    }

    @Provide
    Arbitrary<Double> doubles() {
        return Arbitraries.oneOf(
                Arbitraries.longs().map(Double::longBitsToDouble).filter(Double::isFinite),
                Arbitraries.integers().between(-1000, 1000).map(i -> i / 2.0),
                Arbitraries.of(0x1p53, 0x1p63, -0x1p63, 0.49999999999999994, Double.MIN_VALUE, Double.MAX_VALUE));
    }

    @Provide
    Arbitrary<Number> numbers() {
        return Arbitraries.oneOf(
                longs().map(value -> (Number) value), doubles().map(value -> (Number) value), longs().map(value ->
                        (Number) value.doubleValue()));
    }

    @Provide
    Arbitrary<List<Integer>> boundaries() {
        return Arbitraries.integers()
                .list()
                .ofMinSize(1)
                .ofMaxSize(20)
                .map(list -> list.stream().distinct().sorted().toList());
    }

    @Provide
    Arbitrary<Tree> trees() {
        Arbitrary<Tree> leaf = Arbitraries.oneOf(
                Arbitraries.of(
                        new Tree("a", row -> BigInteger.valueOf(row[0])),
                        new Tree("b", row -> BigInteger.valueOf(row[1])),
                        new Tree("c", row -> BigInteger.valueOf(row[2]))),
                longs().map(value -> new Tree("(" + value + ")", row -> BigInteger.valueOf(value))));
        return trees(leaf, 4);
    }

    private Arbitrary<Tree> trees(Arbitrary<Tree> leaf, int depth) {
        if (depth == 0) {
            return leaf;
        }
        Arbitrary<Tree> smaller = trees(leaf, depth - 1);
        return Arbitraries.oneOf(
                leaf,
                Combinators.combine(smaller, Arbitraries.of("+", "-", "*", "%"), smaller)
                        .as(this::binary),
                smaller.map(tree -> new Tree(
                        "(-" + tree.text() + ")",
                        row -> checked(tree.oracle().apply(row).negate()))));
    }

    private Tree binary(Tree left, String operator, Tree right) {
        return new Tree("(" + left.text() + " " + operator + " " + right.text() + ")", row -> {
            BigInteger x = left.oracle().apply(row);
            BigInteger y = right.oracle().apply(row);
            return checked(
                    switch (operator) {
                        case "+" -> x.add(y);
                        case "-" -> x.subtract(y);
                        case "*" -> x.multiply(y);
                        default -> y.signum() == 0 ? MAX.add(MAX) : x.remainder(y);
                    });
        });
    }

    private static BigInteger checked(BigInteger value) {
        if (!fits(value)) {
            throw new Fails();
        }
        return value;
    }

    private static boolean fits(BigInteger value) {
        return value.compareTo(MIN) >= 0 && value.compareTo(MAX) <= 0;
    }

    private static Object expected(Tree tree, long... row) {
        try {
            return tree.oracle().apply(row).longValue();
        } catch (Fails e) {
            return "fails";
        }
    }

    private static BigDecimal exact(Number number) {
        return number instanceof Long value ? BigDecimal.valueOf(value) : new BigDecimal(number.doubleValue());
    }

    private static Object finite(BigDecimal exact) {
        double value = exact.doubleValue();
        return Double.isFinite(value) ? withoutNegativeZero(value) : "fails";
    }

    /** BigDecimal has no negative zero. */
    private static Object withoutNegativeZero(Object value) {
        return value.equals(-0.0) ? 0.0 : value;
    }

    private interface Evaluation {
        @Nullable
        Object run() throws EvaluationException;
    }

    private static Object outcome(Evaluation evaluation) {
        try {
            return withoutNegativeZero(Objects.requireNonNull(evaluation.run()));
        } catch (EvaluationException e) {
            return "fails";
        }
    }

    private static Object evaluate(String expression, Number a, Number b) throws ExpressionException {
        List<Input> inputs = List.of(new Input("a", type(a)), new Input("b", type(b)));
        CompiledExpression compiled = ExpressionCompiler.compile(expression, inputs, Optional.empty());
        return outcome(() -> compiled.evaluate(new Object[] {a, b}));
    }

    private static ScalarType type(Number number) {
        return number instanceof Long ? ScalarType.INT64 : ScalarType.FLOAT64;
    }
}
