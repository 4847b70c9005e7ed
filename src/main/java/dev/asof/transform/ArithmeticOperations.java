package dev.asof.transform;

import static dev.asof.transform.Operation.binary;
import static dev.asof.transform.Operation.unary;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;

import dev.asof.transform.Operation.Binary;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;

/**
 * Arithmetic and mathematical functions. Ints and floats mix: with a float among the arguments the result is FLOAT64.
 * {@link StrictMath} gives the same bits on every machine, so that online and offline agree.
 */
final class ArithmeticOperations {

    @FunctionalInterface
    private interface LongBinary {
        long apply(long a, long b) throws EvaluationException;
    }

    @FunctionalInterface
    private interface DoubleBinary {
        double apply(double a, double b) throws EvaluationException;
    }

    private ArithmeticOperations() {}

    static Stream<Operation> all() {
        return Stream.of(operators(), functions(), rounding()).flatMap(List::stream);
    }

    private static List<Operation> operators() {
        return Stream.of(
                        numeric("_+_", Math::addExact, (a, b) -> Numbers.finite(a + b, "+")),
                        numeric("_-_", Math::subtractExact, (a, b) -> Numbers.finite(a - b, "-")),
                        numeric("_*_", Math::multiplyExact, (a, b) -> Numbers.finite(a * b, "*")),
                        numeric("_%_", Numbers::remainder, (a, b) -> Numbers.finite(a % b, "%")),
                        alwaysFloat("_/_", Numbers::divide),
                        Stream.of(
                                unary("-_", INT, INT, a -> exact("-", Math::subtractExact, 0, a)),
                                unary("-_", DOUBLE, DOUBLE, a -> -a),
                                binary("_+_", STRING, STRING, STRING, Work::joined)))
                .flatMap(operations -> operations)
                .toList();
    }

    private static List<Operation> functions() {
        return Stream.of(
                        float1("ln", StrictMath::log),
                        float1("log10", StrictMath::log10),
                        float1("exp", StrictMath::exp),
                        float1("sqrt", StrictMath::sqrt),
                        alwaysFloat("pow", (a, b) -> Numbers.finite(StrictMath.pow(a, b), "pow")),
                        numeric("min", Math::min, (a, b) -> Numbers.finite(Math.min(a, b), "min")),
                        numeric("max", Math::max, (a, b) -> Numbers.finite(Math.max(a, b), "max")),
                        Stream.of(
                                unary("abs", INT, INT, a -> a < 0 ? exact("abs", Math::subtractExact, 0, a) : a),
                                unary("abs", DOUBLE, DOUBLE, Math::abs)))
                .flatMap(operations -> operations)
                .toList();
    }

    private static List<Operation> rounding() {
        return List.of(
                unary("round", INT, INT, a -> a),
                unary("floor", INT, INT, a -> a),
                unary("ceil", INT, INT, a -> a),
                unary("round", DOUBLE, INT, a -> Numbers.toLong(Numbers.round(a), "round")),
                unary("floor", DOUBLE, INT, a -> Numbers.toLong(Math.floor(a), "floor")),
                unary("ceil", DOUBLE, INT, a -> Numbers.toLong(Math.ceil(a), "ceil")),
                binary("round", DOUBLE, INT, DOUBLE, Numbers::round),
                binary("round", INT, INT, DOUBLE, (a, digits) -> Numbers.round(a.doubleValue(), digits)));
    }

    private static Stream<Operation> float1(String function, DoubleUnaryOperator body) {
        return Stream.of(
                unary(function, DOUBLE, DOUBLE, a -> Numbers.finite(body.applyAsDouble(a), function)),
                unary(function, INT, DOUBLE, a -> Numbers.finite(body.applyAsDouble(a), function)));
    }

    private static Stream<Operation> numeric(String function, LongBinary ints, DoubleBinary floats) {
        String name = function.replace("_", "");
        return Stream.concat(
                Stream.of(binary(function, INT, INT, INT, (a, b) -> exact(name, ints, a, b))),
                withFloat(function, floats));
    }

    private static Stream<Operation> alwaysFloat(String function, DoubleBinary body) {
        return Stream.concat(Stream.of(binary(function, INT, INT, DOUBLE, widened(body))), withFloat(function, body));
    }

    private static Stream<Operation> withFloat(String function, DoubleBinary body) {
        return Stream.of(
                binary(function, DOUBLE, DOUBLE, DOUBLE, widened(body)),
                binary(function, INT, DOUBLE, DOUBLE, widened(body)),
                binary(function, DOUBLE, INT, DOUBLE, widened(body)));
    }

    private static <A extends Number, B extends Number> Binary<A, B, Double> widened(DoubleBinary body) {
        return (a, b) -> body.apply(a.doubleValue(), b.doubleValue());
    }

    private static long exact(String operation, LongBinary body, long a, long b) throws EvaluationException {
        try {
            return body.apply(a, b);
        } catch (ArithmeticException e) {
            throw Numbers.overflow(operation);
        }
    }
}
