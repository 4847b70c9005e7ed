package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Operation.strict;
import static dev.asof.transform.Operation.unary;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.ELEMENT;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;
import static dev.asof.transform.Type.SCALARS;

import dev.asof.transform.Operation.Unary;
import dev.cel.common.types.CelType;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists: membership, indexing, size, and buckets between listed boundaries. */
final class ListOperations {

    private ListOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                        SCALARS.stream().map(type -> of("@in", BOOL, ListOperations::in, type, LIST)),
                        Stream.of(
                                of("_[_]", ELEMENT, ListOperations::at, LIST, INT),
                                unary("size", LIST, INT, list -> (long) list.size()),
                                of("bucketize", INT, ListOperations::bucketize, INT, LIST),
                                of("bucketize", INT, ListOperations::bucketize, DOUBLE, LIST)))
                .flatMap(operations -> operations);
    }

    /** An element of a list as other operations know it: list columns hold INT32 and FLOAT32 as they came. */
    static @Nullable Object widened(@Nullable Object element) {
        return switch (element) {
            case Integer number -> number.longValue();
            case Float number -> number.doubleValue();
            case null, default -> element;
        };
    }

    private static Node in(List<Node> arguments) throws RefusedArgumentException {
        CelType type = arguments.get(0).type();
        CelType element = elementOf(arguments.get(1));
        if (Node.commonType(type, element).isEmpty()) {
            throw new RefusedArgumentException(
                    1, "%s cannot be in a list of %s".formatted(TypeNames.of(type), TypeNames.of(element)));
        }
        return Node.of(BOOL.cel(), strict(arguments.get(0), arguments.get(1), ListOperations::contains));
    }

    /** As SQL's {@code in}: a list with a null in it can't rule a value out. */
    private static @Nullable Boolean contains(Object value, List<?> list) {
        boolean sawNull = false;
        for (Object element : list) {
            @Nullable Object widened = widened(element);
            if (widened == null) {
                sawNull = true;
            } else if (ComparisonOperations.equal(value, widened)) {
                return true;
            }
        }
        return sawNull ? null : false;
    }

    private static Node at(List<Node> arguments) {
        Evaluator element = strict(arguments.get(0), arguments.get(1), ListOperations::element);
        return Node.of(elementOf(arguments.get(0)), element);
    }

    private static @Nullable Object element(List<?> list, Long index) throws EvaluationException {
        if (index < 0 || index >= list.size()) {
            throw new EvaluationException("there is no element %s in a list of %s".formatted(index, list.size()));
        }
        return widened(list.get(index.intValue()));
    }

    private static Node bucketize(List<Node> arguments) throws RefusedArgumentException {
        Number[] boundaries = boundaries(arguments.get(1));
        Unary<Number, Long> bucket = value -> bucket(value, boundaries);
        return Node.of(INT.cel(), strict(arguments.get(0), bucket));
    }

    private static Number[] boundaries(Node list) throws RefusedArgumentException {
        List<?> elements = list.literal()
                .map(literal -> (List<?>) literal)
                .filter(literal -> literal.stream().allMatch(Number.class::isInstance))
                .orElseThrow(() -> new RefusedArgumentException(
                        1, "the boundaries of bucketize must be written as a list of numbers, such as [0, 10, 100]"));
        Number[] boundaries = elements.toArray(Number[]::new);
        for (int i = 1; i < boundaries.length; i++) {
            if (Numbers.order(boundaries[i - 1], boundaries[i]) >= 0) {
                throw new RefusedArgumentException(
                        1,
                        "the boundaries of bucketize must ascend, but %s stands before %s"
                                .formatted(boundaries[i - 1], boundaries[i]));
            }
        }
        return boundaries;
    }

    private static long bucket(Number value, Number[] boundaries) throws EvaluationException {
        Numbers.finite(value.doubleValue(), "bucketize");
        int low = 0;
        int high = boundaries.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Numbers.order(boundaries[middle], value) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static CelType elementOf(Node list) {
        return list.type().parameters().getFirst();
    }
}
