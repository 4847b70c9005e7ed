package dev.asof.transform;

import static dev.asof.transform.Operation.binary;
import static dev.asof.transform.Operation.takingNull;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.BYTES;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;
import static dev.asof.transform.Type.MAPS;
import static dev.asof.transform.Type.NULL;
import static dev.asof.transform.Type.STRING;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.transform.Operation.Lowering;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Comparisons, least and greatest of timestamps and strings, and the test for null. */
final class ComparisonOperations {

    private enum Comparison {
        EQUAL("_==_"),
        NOT_EQUAL("_!=_"),
        LESS("_<_"),
        LESS_OR_EQUAL("_<=_"),
        GREATER("_>_"),
        GREATER_OR_EQUAL("_>=_");

        private final String function;

        Comparison(String function) {
            this.function = function;
        }

        boolean holds(int order) {
            return switch (this) {
                case EQUAL -> order == 0;
                case NOT_EQUAL -> order != 0;
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
                case GREATER -> order > 0 && order != Numbers.UNORDERED;
                case GREATER_OR_EQUAL -> order >= 0 && order != Numbers.UNORDERED;
            };
        }
    }

    @FunctionalInterface
    private interface Order<A, B> {
        int of(A a, B b);
    }

    private ComparisonOperations() {}

    static Stream<Operation> all() {
        Stream<Operation> ordered = Arrays.stream(Comparison.values()).flatMap(ComparisonOperations::ordered);
        return Stream.of(ordered, equality(), extremes()).flatMap(operations -> operations);
    }

    /** -1, 0 or 1 in the order of code points, which is that of UTF-8 bytes. */
    static int order(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // UTF-16 puts surrogates, which begin the highest code points, before U+E000 to U+FFFF
                boolean sameKind = Character.isSurrogate(x) == Character.isSurrogate(y);
                return sameKind ? Integer.signum(x - y) : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return Integer.signum(a.length() - b.length());
    }

    /** Whether two values of comparable types are equal; ints and floats by their exact values. */
    static boolean equal(Object a, Object b) {
        if (a instanceof Number x && b instanceof Number y) {
            return Numbers.order(x, y) == 0;
        }
        return a instanceof byte[] x && b instanceof byte[] y ? Arrays.equals(x, y) : a.equals(b);
    }

    private static Stream<Operation> ordered(Comparison comparison) {
        Operation timestamps = compare(comparison, TIMESTAMP, TIMESTAMP, ComparisonOperations::order);
        return Stream.of(
                compare(comparison, INT, INT, Long::compare),
                compare(comparison, INT, DOUBLE, Numbers::order),
                compare(comparison, DOUBLE, INT, Numbers::order),
                compare(comparison, DOUBLE, DOUBLE, (a, b) -> Numbers.order(a.doubleValue(), b.doubleValue())),
                compare(comparison, STRING, STRING, ComparisonOperations::order),
                isEquality(comparison) ? orNullTest(comparison, timestamps) : timestamps);
    }

    private static <A, B> Operation compare(Comparison comparison, Type<A> a, Type<B> b, Order<A, B> order) {
        return binary(comparison.function, a, b, BOOL, (x, y) -> comparison.holds(order.of(x, y)));
    }

    private static boolean isEquality(Comparison comparison) {
        return comparison == Comparison.EQUAL || comparison == Comparison.NOT_EQUAL;
    }

    /** CEL's checker lets a null literal pass as a timestamp, so that their overload has to test for null too. */
    private static Operation orNullTest(Comparison comparison, Operation timestamps) {
        Lowering lowering = args -> args.stream().anyMatch(Node::isNull)
                ? nullTest(comparison, args)
                : timestamps.lowering().lower(args);
        return takingNull(comparison.function, BOOL, lowering, TIMESTAMP, TIMESTAMP);
    }

    private static Stream<Operation> equality() {
        return Stream.of(Comparison.EQUAL, Comparison.NOT_EQUAL)
                .flatMap(comparison -> Stream.concat(
                        Stream.of(
                                compare(comparison, BOOL, BOOL, Boolean::compare),
                                compare(comparison, BYTES, BYTES, Arrays::compare)),
                        Stream.concat(Stream.of(INT, DOUBLE, STRING, BYTES, BOOL, LIST), MAPS.stream())
                                .flatMap(type -> Stream.of(
                                        takingNull(
                                                comparison.function,
                                                BOOL,
                                                args -> nullTest(comparison, args),
                                                type,
                                                NULL),
                                        takingNull(
                                                comparison.function,
                                                BOOL,
                                                args -> nullTest(comparison, args),
                                                NULL,
                                                type)))));
    }

    private static Node nullTest(Comparison comparison, List<Node> arguments) {
        Evaluator tested = arguments.get(arguments.getFirst().isNull() ? 1 : 0).evaluator();
        boolean whenNull = comparison == Comparison.EQUAL;
        return Node.of(BOOL.cel(), row -> (tested.evaluate(row) == null) == whenNull);
    }

    private static Stream<Operation> extremes() {
        return Stream.of(
                binary("min", TIMESTAMP, TIMESTAMP, TIMESTAMP, (a, b) -> order(a, b) <= 0 ? a : b),
                binary("max", TIMESTAMP, TIMESTAMP, TIMESTAMP, (a, b) -> order(a, b) >= 0 ? a : b),
                binary("min", STRING, STRING, STRING, (a, b) -> order(a, b) <= 0 ? a : b),
                binary("max", STRING, STRING, STRING, (a, b) -> order(a, b) >= 0 ? a : b));
    }

    private static int order(Instant a, Instant b) {
        return Integer.signum(a.compareTo(b));
    }
}
