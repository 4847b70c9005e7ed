package dev.asof.transform;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
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

    static @Nullable Object convert(@Nullable Object value, ValueType type) throws EvaluationException {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case ScalarType scalar -> convertScalar(value, scalar);
            case ListType list -> convertList((List<?>) value, list);
        };
    }

    private static Object convertScalar(Object value, ScalarType type) throws EvaluationException {
        return switch (type) {
            case INT32 -> toInt((Number) value);
            case INT64 -> ((Number) value).longValue();
            case FLOAT32 -> toFloat((Number) value);
            case FLOAT64 -> toDouble((Number) value);
            case BOOLEAN, STRING, BYTES, TIMESTAMP -> value;
        };
    }

    private static List<@Nullable Object> convertList(List<?> value, ListType type) throws EvaluationException {
        if (type.length().isPresent() && type.length().getAsInt() != value.size()) {
            throw new EvaluationException("the list has %s elements, and its type asks for %s"
                    .formatted(value.size(), type.length().getAsInt()));
        }
        var converted = new ArrayList<@Nullable Object>(value.size());
        for (Object element : value) {
            converted.add(element == null ? null : convertScalar(element, type.element()));
        }
        return Collections.unmodifiableList(converted);
    }

    private static Integer toInt(Number value) throws EvaluationException {
        long number = value.longValue();
        if (number != (int) number) {
            throw new EvaluationException("%s does not fit INT32".formatted(number));
        }
        return (int) number;
    }

    private static Float toFloat(Number value) throws EvaluationException {
        double number = toDouble(value);
        float narrowed = (float) number;
        if (Float.isInfinite(narrowed)) {
            throw new EvaluationException("%s does not fit FLOAT32".formatted(number));
        }
        return narrowed;
    }

    private static Double toDouble(Number value) throws EvaluationException {
        double number = value.doubleValue();
        if (!Double.isFinite(number)) {
            throw new EvaluationException("%s is not a finite number".formatted(number));
        }
        return number;
    }
}
