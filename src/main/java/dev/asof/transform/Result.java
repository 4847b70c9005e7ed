package dev.asof.transform;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.Evaluator.OfBoolean;
import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gives the value of an expression the class of its type, and refuses what that type can't hold. */
final class Result {

    private Result() {}

    /** The type as declared, else as inferred; empty when the declared one does not fit. */
    static Optional<ValueType> fitting(ValueType inferred, Optional<ValueType> declared) {
        return declared.isEmpty()
                ? Optional.of(inferred)
                : declared.filter(type -> switch (inferred) {
                    case ScalarType from -> type instanceof ScalarType to && fits(from, to);
                    case ListType from -> type instanceof ListType to && fits(from.element(), to.element());
                });
    }

    private static boolean fits(ScalarType inferred, ScalarType declared) {
        return inferred == declared
                || switch (inferred) {
                    case INT64 ->
                        declared == ScalarType.INT32
                                || declared == ScalarType.FLOAT32
                                || declared == ScalarType.FLOAT64;
                    case FLOAT64 -> declared == ScalarType.FLOAT32;
                    case BOOLEAN, INT32, FLOAT32, STRING, BYTES, TIMESTAMP -> false;
                };
    }

    /** The values of an expression in the class of a type that fits, boxed once. */
    static OfObject of(Node node, ValueType type) {
        return switch (node.evaluator()) {
            case OfLong longs ->
                switch ((ScalarType) type) {
                    case INT32 ->
                        frame -> {
                            long value = longs.evaluate(frame);
                            return frame.isNull ? null : toInt(value);
                        };
                    case FLOAT32 -> floats(node);
                    case FLOAT64 -> doubles(node);
                    case BOOLEAN, INT64, STRING, BYTES, TIMESTAMP -> node.objects();
                };
            case OfDouble _ -> type == ScalarType.FLOAT32 ? floats(node) : doubles(node);
            case OfBoolean _ -> node.objects();
            case OfObject objects ->
                switch (type) {
                    case ListType list ->
                        frame -> {
                            @Nullable Object value = objects.evaluate(frame);
                            return value == null ? null : convertList((List<?>) value, list);
                        };
                    case ScalarType _ -> objects;
                };
        };
    }

    private static OfObject floats(Node node) {
        OfDouble doubles = node.doubles();
        return frame -> {
            double value = doubles.evaluate(frame);
            return frame.isNull ? null : toFloat(value);
        };
    }

    private static OfObject doubles(Node node) {
        OfDouble doubles = node.doubles();
        return frame -> {
            double value = doubles.evaluate(frame);
            return frame.isNull ? null : (Object) finite(value);
        };
    }

    private static List<@Nullable Object> convertList(List<?> value, ListType type) throws EvaluationException {
        if (type.length().isPresent() && type.length().getAsInt() != value.size()) {
            throw new EvaluationException("the list has %s elements, and its type asks for %s"
                    .formatted(value.size(), type.length().getAsInt()));
        }
        var converted = new ArrayList<@Nullable Object>(value.size());
        for (Object element : value) {
            converted.add(element == null ? null : convertElement(element, type.element()));
        }
        return Collections.unmodifiableList(converted);
    }

    private static Object convertElement(Object value, ScalarType type) throws EvaluationException {
        return switch (type) {
            case INT32 -> toInt(((Number) value).longValue());
            case INT64 -> ((Number) value).longValue();
            case FLOAT32 -> toFloat(((Number) value).doubleValue());
            case FLOAT64 -> finite(((Number) value).doubleValue());
            case BOOLEAN, STRING, BYTES, TIMESTAMP -> value;
        };
    }

    private static Object toInt(long number) throws EvaluationException {
        if (number != (int) number) {
            throw new EvaluationException("%s does not fit INT32".formatted(number));
        }
        return (int) number;
    }

    private static Object toFloat(double number) throws EvaluationException {
        float narrowed = (float) finite(number);
        if (Float.isInfinite(narrowed)) {
            throw new EvaluationException("%s does not fit FLOAT32".formatted(number));
        }
        return narrowed;
    }

    private static double finite(double number) throws EvaluationException {
        if (!Double.isFinite(number)) {
            throw new EvaluationException("%s is not a finite number".formatted(number));
        }
        return number;
    }
}
