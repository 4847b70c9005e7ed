package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;

import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import java.util.List;
import java.util.stream.Stream;

/** {@code bucketize}: how many of the listed boundaries are at most a number, by their exact values. */
final class BucketizeOperations {

    /** Boundaries, ascending. */
    private sealed interface Boundaries {

        int count();

        /** The order of a boundary and a number. */
        int order(int boundary, long value);

        int order(int boundary, double value);

        @SuppressWarnings("ArrayRecordComponent")
        record Longs(long[] values) implements Boundaries {

            @Override
            public int count() {
                return values.length;
            }

            @Override
            public int order(int boundary, long value) {
                return Long.compare(values[boundary], value);
            }

            @Override
            public int order(int boundary, double value) {
                return Numbers.order(values[boundary], value);
            }
        }

        @SuppressWarnings("ArrayRecordComponent")
        record Doubles(double[] values) implements Boundaries {

            @Override
            public int count() {
                return values.length;
            }

            @Override
            public int order(int boundary, long value) {
                return Numbers.reversed(Numbers.order(value, values[boundary]));
            }

            @Override
            public int order(int boundary, double value) {
                return Numbers.order(values[boundary], value);
            }
        }
    }

    private BucketizeOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                of("bucketize", INT, BucketizeOperations::ofLongs, INT, LIST),
                of("bucketize", INT, BucketizeOperations::ofDoubles, DOUBLE, LIST));
    }

    private static Node ofLongs(List<Node> arguments) throws RefusedArgumentException {
        Boundaries boundaries = boundaries(arguments.get(1));
        OfLong values = arguments.get(0).longs();
        return Node.ofLong(frame -> {
            long value = values.evaluate(frame);
            if (frame.isNull) {
                return 0;
            }
            int low = 0;
            int high = boundaries.count();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (boundaries.order(middle, value) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        });
    }

    private static Node ofDoubles(List<Node> arguments) throws RefusedArgumentException {
        Boundaries boundaries = boundaries(arguments.get(1));
        OfDouble values = arguments.get(0).doubles();
        return Node.ofLong(frame -> {
            double value = values.evaluate(frame);
            if (frame.isNull) {
                return 0;
            }
            Numbers.finite(value, "bucketize");
            int low = 0;
            int high = boundaries.count();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (boundaries.order(middle, value) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        });
    }

    private static Boundaries boundaries(Node list) throws RefusedArgumentException {
        List<?> elements = list.literal()
                .map(literal -> (List<?>) literal)
                .filter(literal -> literal.stream().allMatch(Number.class::isInstance))
                .orElseThrow(() -> new RefusedArgumentException(
                        1, "the boundaries of bucketize must be written as a list of numbers, such as [0, 10, 100]"));
        boolean floats = ListOperations.elementOf(list).equals(DOUBLE.cel());
        Boundaries boundaries = floats
                ? new Boundaries.Doubles(elements.stream()
                        .mapToDouble(element -> ((Number) element).doubleValue())
                        .toArray())
                : new Boundaries.Longs(elements.stream()
                        .mapToLong(element -> ((Number) element).longValue())
                        .toArray());
        for (int i = 1; i < elements.size(); i++) {
            int order = floats
                    ? boundaries.order(i, ((Number) elements.get(i - 1)).doubleValue())
                    : boundaries.order(i, ((Number) elements.get(i - 1)).longValue());
            if (order <= 0) {
                throw new RefusedArgumentException(
                        1,
                        "the boundaries of bucketize must ascend, but %s stands before %s"
                                .formatted(elements.get(i - 1), elements.get(i)));
            }
        }
        return boundaries;
    }
}
