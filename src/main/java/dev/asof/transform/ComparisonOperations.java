package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Operation.takingNull;
import static dev.asof.transform.Strict.booleanOf;
import static dev.asof.transform.Strict.object;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.BYTES;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;
import static dev.asof.transform.Type.MAPS;
import static dev.asof.transform.Type.NULL;
import static dev.asof.transform.Type.STRING;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.transform.Evaluator.OfBoolean;
import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.Operation.Lowering;
import dev.asof.transform.Strict.Object2;
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

    /** The order of two values of a kind. */
    @FunctionalInterface
    private interface Order<A> {
        int of(A a, A b);
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

    /** Whether two values that are no numbers are equal, if their types are. */
    static boolean equal(Object a, Object b) {
        return a instanceof byte[] x && b instanceof byte[] y ? Arrays.equals(x, y) : a.equals(b);
    }

    private static Stream<Operation> ordered(Comparison comparison) {
        Operation timestamps = compare(comparison, TIMESTAMP, ComparisonOperations::order);
        String function = comparison.function;
        return Stream.of(
                of(function, BOOL, args -> compareLongs(comparison, args), INT, INT),
                of(function, BOOL, args -> compareLongWithDouble(comparison, args), INT, DOUBLE),
                of(function, BOOL, args -> compareDoubleWithLong(comparison, args), DOUBLE, INT),
                of(function, BOOL, args -> compareDoubles(comparison, args), DOUBLE, DOUBLE),
                compare(comparison, STRING, ComparisonOperations::order),
                isEquality(comparison) ? orNullTest(comparison, timestamps) : timestamps);
    }

    private static Node compareLongs(Comparison comparison, List<Node> arguments) {
        OfLong a = arguments.get(0).longs();
        OfLong b = arguments.get(1).longs();
        return Node.ofBoolean(frame -> {
            long left = a.evaluate(frame);
            if (frame.isNull) {
                return false;
            }
            long right = b.evaluate(frame);
            return !frame.isNull && comparison.holds(Long.compare(left, right));
        });
    }

    private static Node compareLongWithDouble(Comparison comparison, List<Node> arguments) {
        OfLong a = arguments.get(0).longs();
        OfDouble b = arguments.get(1).doubles();
        return Node.ofBoolean(frame -> {
            long left = a.evaluate(frame);
            if (frame.isNull) {
                return false;
            }
            double right = b.evaluate(frame);
            return !frame.isNull && comparison.holds(Numbers.order(left, right));
        });
    }

    private static Node compareDoubleWithLong(Comparison comparison, List<Node> arguments) {
        OfDouble a = arguments.get(0).doubles();
        OfLong b = arguments.get(1).longs();
        return Node.ofBoolean(frame -> {
            double left = a.evaluate(frame);
            if (frame.isNull) {
                return false;
            }
            long right = b.evaluate(frame);
            return !frame.isNull && comparison.holds(Numbers.reversed(Numbers.order(right, left)));
        });
    }

    private static Node compareDoubles(Comparison comparison, List<Node> arguments) {
        OfDouble a = arguments.get(0).doubles();
        OfDouble b = arguments.get(1).doubles();
        return Node.ofBoolean(frame -> {
            double left = a.evaluate(frame);
            if (frame.isNull) {
                return false;
            }
            double right = b.evaluate(frame);
            return !frame.isNull && comparison.holds(Numbers.order(left, right));
        });
    }

    private static <A> Operation compare(Comparison comparison, Type<A> type, Order<A> order) {
        return of(
                comparison.function,
                BOOL,
                args -> booleanOf(args, (A x, A y) -> comparison.holds(order.of(x, y))),
                type,
                type);
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
                                compare(comparison, BOOL, Boolean::compare),
                                compare(comparison, BYTES, Arrays::compare)),
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
        Node tested = arguments.get(arguments.getFirst().isNull() ? 1 : 0);
        boolean whenNull = comparison == Comparison.EQUAL;
        OfBoolean isNull = isNull(tested);
        return Node.ofBoolean(frame -> {
            boolean found = isNull.evaluate(frame);
            frame.isNull = false;
            return found == whenNull;
        });
    }

    private static OfBoolean isNull(Node node) {
        return switch (node.evaluator()) {
            case OfLong longs ->
                frame -> {
                    longs.evaluate(frame);
                    return frame.isNull;
                };
            case OfDouble doubles ->
                frame -> {
                    doubles.evaluate(frame);
                    return frame.isNull;
                };
            case OfBoolean booleans ->
                frame -> {
                    booleans.evaluate(frame);
                    return frame.isNull;
                };
            case OfObject objects -> frame -> objects.evaluate(frame) == null;
        };
    }

    private static Stream<Operation> extremes() {
        return Stream.of(
                extreme("min", TIMESTAMP, (a, b) -> order(a, b) <= 0 ? a : b),
                extreme("max", TIMESTAMP, (a, b) -> order(a, b) >= 0 ? a : b),
                extreme("min", STRING, (a, b) -> order(a, b) <= 0 ? a : b),
                extreme("max", STRING, (a, b) -> order(a, b) >= 0 ? a : b));
    }

    private static <A> Operation extreme(String function, Type<A> type, Object2<A, A, A> body) {
        return of(function, type, args -> Node.of(type.cel(), object(args.get(0), args.get(1), body)), type, type);
    }

    private static int order(Instant a, Instant b) {
        return Integer.signum(a.compareTo(b));
    }
}
