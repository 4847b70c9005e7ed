package dev.asof.transform;

import dev.asof.transform.Evaluator.OfBoolean;
import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where values are in lists; numbers are compared by their exact values, whatever their classes. */
final class Search {

    /** No element is equal. */
    static final int ABSENT = -1;

    /** No element is equal, but one is null: as for SQL's {@code in}, it can't be ruled out. */
    static final int UNKNOWN = -2;

    private Search() {}

    /** The position of a value in a list, or {@link #ABSENT} or {@link #UNKNOWN}; null where either is null. */
    static OfLong position(Node value, OfObject lists) {
        return switch (value.evaluator()) {
            case OfLong longs ->
                frame -> {
                    long sought = longs.evaluate(frame);
                    @Nullable List<?> list = frame.isNull ? null : evaluate(lists, frame);
                    return list == null ? 0 : indexOf(sought, list);
                };
            case OfDouble doubles ->
                frame -> {
                    double sought = doubles.evaluate(frame);
                    @Nullable List<?> list = frame.isNull ? null : evaluate(lists, frame);
                    return list == null ? 0 : indexOf(sought, list);
                };
            case OfBoolean _, OfObject _ -> {
                OfObject objects = value.objects();
                yield frame -> {
                    @Nullable Object sought = objects.evaluate(frame);
                    frame.isNull = sought == null;
                    @Nullable List<?> list = sought == null ? null : evaluate(lists, frame);
                    return sought == null || list == null ? 0 : indexOf(sought, list);
                };
            }
        };
    }

    private static @Nullable List<?> evaluate(OfObject lists, Frame frame) throws EvaluationException {
        @Nullable Object list = lists.evaluate(frame);
        frame.isNull = list == null;
        return (List<?>) list;
    }

    private static int indexOf(long sought, List<?> list) {
        int missing = ABSENT;
        int size = list.size();
        for (int i = 0; i < size; i++) {
            Object element = list.get(i);
            if (element == null) {
                missing = UNKNOWN;
            } else if (isFloat(element)
                    ? Numbers.order(sought, ((Number) element).doubleValue()) == 0
                    : sought == ((Number) element).longValue()) {
                return i;
            }
        }
        return missing;
    }

    private static int indexOf(double sought, List<?> list) {
        int missing = ABSENT;
        int size = list.size();
        for (int i = 0; i < size; i++) {
            Object element = list.get(i);
            if (element == null) {
                missing = UNKNOWN;
            } else if (isFloat(element)
                    ? sought == ((Number) element).doubleValue()
                    : Numbers.order(((Number) element).longValue(), sought) == 0) {
                return i;
            }
        }
        return missing;
    }

    private static int indexOf(Object sought, List<?> list) {
        int missing = ABSENT;
        int size = list.size();
        for (int i = 0; i < size; i++) {
            Object element = list.get(i);
            if (element == null) {
                missing = UNKNOWN;
            } else if (ComparisonOperations.equal(sought, element)) {
                return i;
            }
        }
        return missing;
    }

    private static boolean isFloat(Object number) {
        return number instanceof Double || number instanceof Float;
    }
}
