package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Strict.doubleAndLong;
import static dev.asof.transform.Strict.doubles;
import static dev.asof.transform.Strict.longOfDouble;
import static dev.asof.transform.Strict.longs;
import static dev.asof.transform.Strict.object;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;

import dev.asof.transform.Strict.Double2;
import dev.asof.transform.Strict.Long2;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;

/**
 * Arithmetic and mathematical functions. Ints and floats mix: with a float among the arguments the result is FLOAT64.
 * {@link StrictMath} gives the same bits on every machine, so that online and offline agree.
 */
final class ArithmeticOperations {

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
                                of("-_", INT, args -> longs(args, a -> exact("-", Math::subtractExact, 0, a)), INT),
                                of("-_", DOUBLE, args -> doubles(args, a -> -a), DOUBLE),
                                of("_+_", STRING, ArithmeticOperations::joined, STRING, STRING)))
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
                                of("abs", INT, args -> longs(args, ArithmeticOperations::abs), INT),
                                of("abs", DOUBLE, args -> doubles(args, a -> Math.abs(a)), DOUBLE)))
                .flatMap(operations -> operations)
                .toList();
    }

    private static List<Operation> rounding() {
        return List.of(
                of("round", INT, args -> longs(args, a -> a), INT),
                of("floor", INT, args -> longs(args, a -> a), INT),
                of("ceil", INT, args -> longs(args, a -> a), INT),
                of("round", INT, args -> longOfDouble(args, a -> Numbers.toLong(Numbers.round(a), "round")), DOUBLE),
                of("floor", INT, args -> longOfDouble(args, a -> Numbers.toLong(Math.floor(a), "floor")), DOUBLE),
                of("ceil", INT, args -> longOfDouble(args, a -> Numbers.toLong(Math.ceil(a), "ceil")), DOUBLE),
                of("round", DOUBLE, args -> doubleAndLong(args, Numbers::round), DOUBLE, INT),
                of("round", DOUBLE, args -> doubleAndLong(args, Numbers::round), INT, INT));
    }

    private static Stream<Operation> float1(String function, DoubleUnaryOperator body) {
        Operation.Lowering lowering = args -> doubles(args, a -> Numbers.finite(body.applyAsDouble(a), function));
        return Stream.of(of(function, DOUBLE, lowering, DOUBLE), of(function, DOUBLE, lowering, INT));
    }

    private static Stream<Operation> numeric(String function, Long2 ints, Double2 floats) {
        String name = function.replace("_", "");
        return Stream.concat(
                Stream.of(of(function, INT, args -> longs(args, (a, b) -> exact(name, ints, a, b)), INT, INT)),
                withFloat(function, floats));
    }

    private static Stream<Operation> alwaysFloat(String function, Double2 body) {
        return Stream.concat(
                Stream.of(of(function, DOUBLE, args -> doubles(args, body), INT, INT)), withFloat(function, body));
    }

    private static Stream<Operation> withFloat(String function, Double2 body) {
        return Stream.of(
                of(function, DOUBLE, args -> doubles(args, body), DOUBLE, DOUBLE),
                of(function, DOUBLE, args -> doubles(args, body), INT, DOUBLE),
                of(function, DOUBLE, args -> doubles(args, body), DOUBLE, INT));
    }

    private static Node joined(List<Node> arguments) {
        return Node.of(STRING.cel(), object(arguments.get(0), arguments.get(1), Work::joined));
    }

    private static long abs(long value) throws EvaluationException {
        return value < 0 ? exact("abs", Math::subtractExact, 0, value) : value;
    }

    private static long exact(String operation, Long2 body, long a, long b) throws EvaluationException {
        try {
            return body.apply(a, b);
        } catch (ArithmeticException e) {
            throw Numbers.overflow(operation);
        }
    }
}
