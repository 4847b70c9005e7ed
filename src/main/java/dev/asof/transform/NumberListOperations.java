package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.DOUBLES;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.INTS;
import static dev.asof.transform.Type.STRING;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.Strict.DoubleOf;
import dev.asof.transform.Strict.DoubleOf2;
import dev.asof.transform.Strict.LongOf;
import java.util.Comparator;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Sums and the like of lists of numbers, least and greatest of lists that have an order, products of vectors. */
final class NumberListOperations {

    private NumberListOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                        Stream.of(
                                ofInts("sum", 0, NumberLists::sumOfInts),
                                ofFloats("sum", DOUBLES, 0, NumberLists::sumOfFloats),
                                ofFloats("mean", INTS, 1, NumberLists::meanOfInts),
                                ofFloats("mean", DOUBLES, 1, NumberLists::meanOfFloats),
                                ofFloats("stddev", INTS, 2, NumberLists::deviation),
                                ofFloats("stddev", DOUBLES, 2, NumberLists::deviation),
                                ofInts("min", 1, list -> NumberLists.extremeInt(list, false)),
                                ofInts("max", 1, list -> NumberLists.extremeInt(list, true)),
                                ofFloats("min", DOUBLES, 1, list -> NumberLists.extremeFloat(list, false)),
                                ofFloats("max", DOUBLES, 1, list -> NumberLists.extremeFloat(list, true))),
                        extremes(STRING, ComparisonOperations::order),
                        extremes(TIMESTAMP, Comparator.naturalOrder()),
                        ofVectors("dot", vector -> false, Vectors::dot),
                        ofVectors("cosine", Vectors::isZero, Vectors::cosine))
                .flatMap(operations -> operations);
    }

    /** @param least so many elements that are not null have to be there, else the value is null */
    private static Operation ofInts(String function, int least, LongOf<Object[]> body) {
        return of(
                function,
                INT,
                args -> {
                    OfObject lists = args.getFirst().objects();
                    return Node.ofLong(frame -> {
                        if (lists.evaluate(frame) instanceof List<?> list) {
                            Object[] present = NumberLists.present(list);
                            frame.isNull = present.length < least;
                            return frame.isNull ? 0 : body.apply(present);
                        }
                        frame.isNull = true;
                        return 0;
                    });
                },
                INTS);
    }

    private static Operation ofFloats(String function, Type<?> type, int least, DoubleOf<Object[]> body) {
        return of(
                function,
                DOUBLE,
                args -> {
                    OfObject lists = args.getFirst().objects();
                    return Node.ofDouble(frame -> {
                        if (lists.evaluate(frame) instanceof List<?> list) {
                            Object[] present = NumberLists.present(list);
                            frame.isNull = present.length < least;
                            return frame.isNull ? 0 : body.apply(present);
                        }
                        frame.isNull = true;
                        return 0;
                    });
                },
                type);
    }

    private static <A> Stream<Operation> extremes(Type<A> type, Comparator<A> order) {
        return Stream.of(
                extreme("min", type, BinaryOperator.minBy(order)), extreme("max", type, BinaryOperator.maxBy(order)));
    }

    private static <A> Operation extreme(String function, Type<A> type, BinaryOperator<A> better) {
        return of(
                function,
                type,
                args -> {
                    OfObject lists = args.getFirst().objects();
                    return Node.of(
                            type.cel(),
                            frame -> lists.evaluate(frame) instanceof List<?> list
                                    ? extreme(frame, function, list, better)
                                    : null);
                },
                Type.listOf(type));
    }

    /** The checker has seen to it that elements have the class. */
    @SuppressWarnings("unchecked")
    private static <A> @Nullable A extreme(Frame frame, String function, List<?> list, BinaryOperator<A> better)
            throws EvaluationException {
        @Nullable A extreme = null;
        for (Object element : list) {
            if (element != null) {
                frame.spend(Work.length(element), function);
                extreme = extreme == null ? (A) element : better.apply(extreme, (A) element);
            }
        }
        return extreme;
    }

    /** @param undefined tells vectors for which there is no value */
    private static Stream<Operation> ofVectors(
            String function, Predicate<double[]> undefined, DoubleOf2<double[], double[]> body) {
        return Stream.of(INTS, DOUBLES)
                .flatMap(a -> Stream.of(INTS, DOUBLES)
                        .map(b -> of(function, DOUBLE, args -> ofVectors(function, args, undefined, body), a, b)));
    }

    private static Node ofVectors(
            String function, List<Node> arguments, Predicate<double[]> undefined, DoubleOf2<double[], double[]> body) {
        OfObject first = arguments.get(0).objects();
        OfObject second = arguments.get(1).objects();
        return Node.ofDouble(frame -> {
            if (!(first.evaluate(frame) instanceof List<?> a) || !(second.evaluate(frame) instanceof List<?> b)) {
                frame.isNull = true;
                return 0;
            }
            if (a.size() != b.size()) {
                throw new EvaluationException("'%s' takes vectors of one length, not of %s and %s elements"
                        .formatted(function, a.size(), b.size()));
            }
            double[] x = Vectors.of(a);
            double[] y = Vectors.of(b);
            if (x == null || y == null || undefined.test(x) || undefined.test(y)) {
                frame.isNull = true;
                return 0;
            }
            frame.isNull = false;
            return body.apply(x, y);
        });
    }
}
