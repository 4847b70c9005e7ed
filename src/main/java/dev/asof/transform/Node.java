package dev.asof.transform;

import dev.asof.transform.Evaluator.OfBoolean;
import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A typed part of an expression, ready to evaluate.
 *
 * @param evaluator of the kind that the type asks for
 * @param literal the value of a literal, which an operation may look into while compiling; empty for null
 */
record Node(CelType type, Evaluator evaluator, Optional<Object> literal) {

    static final Node NULL = of(SimpleType.NULL_TYPE, _ -> null);

    /** Stands for a part that has a problem already reported. */
    static final Node INVALID = of(SimpleType.ERROR, _ -> null);

    static Node of(CelType type, OfObject evaluator) {
        return new Node(type, evaluator, Optional.empty());
    }

    static Node ofLong(OfLong evaluator) {
        return new Node(SimpleType.INT, evaluator, Optional.empty());
    }

    static Node ofDouble(OfDouble evaluator) {
        return new Node(SimpleType.DOUBLE, evaluator, Optional.empty());
    }

    static Node ofBoolean(OfBoolean evaluator) {
        return new Node(SimpleType.BOOL, evaluator, Optional.empty());
    }

    static Node literal(CelType type, Object value) {
        return new Node(type, unboxed(type, _ -> value).evaluator, Optional.of(value));
    }

    /** What gives objects of a type's class, as rows and lists hold them: ints and floats in any width. */
    static Node unboxed(CelType type, OfObject boxed) {
        if (type.equals(SimpleType.INT)) {
            return ofLong(frame -> {
                @Nullable Object value = boxed.evaluate(frame);
                frame.isNull = value == null;
                return value == null ? 0 : ((Number) value).longValue();
            });
        }
        if (type.equals(SimpleType.DOUBLE)) {
            return ofDouble(frame -> {
                @Nullable Object value = boxed.evaluate(frame);
                frame.isNull = value == null;
                return value == null ? 0 : ((Number) value).doubleValue();
            });
        }
        if (type.equals(SimpleType.BOOL)) {
            return ofBoolean(frame -> {
                @Nullable Object value = boxed.evaluate(frame);
                frame.isNull = value == null;
                return value != null && (Boolean) value;
            });
        }
        return of(type, boxed);
    }

    boolean isNull() {
        return type.equals(SimpleType.NULL_TYPE);
    }

    boolean isInvalid() {
        return type.equals(SimpleType.ERROR);
    }

    /** This node's ints. */
    OfLong longs() {
        return switch (evaluator) {
            case OfLong longs -> longs;
            case OfObject _ when isNull() -> nulls(SimpleType.INT).longs();
            case OfDouble _, OfBoolean _, OfObject _ -> throw unexpected("ints");
        };
    }

    /** This node's floats, made of its ints if it has those. */
    OfDouble doubles() {
        return switch (evaluator) {
            case OfDouble doubles -> doubles;
            case OfLong longs -> longs::evaluate;
            case OfObject _ when isNull() -> nulls(SimpleType.DOUBLE).doubles();
            case OfBoolean _, OfObject _ -> throw unexpected("floats");
        };
    }

    OfBoolean booleans() {
        return switch (evaluator) {
            case OfBoolean booleans -> booleans;
            case OfObject _ when isNull() -> nulls(SimpleType.BOOL).booleans();
            case OfLong _, OfDouble _, OfObject _ -> throw unexpected("booleans");
        };
    }

    /** This node's values whatever they are: numbers and booleans are boxed. */
    OfObject objects() {
        return switch (evaluator) {
            case OfObject objects -> objects;
            case OfLong longs ->
                frame -> {
                    long value = longs.evaluate(frame);
                    return frame.isNull ? null : (Object) value;
                };
            case OfDouble doubles ->
                frame -> {
                    double value = doubles.evaluate(frame);
                    return frame.isNull ? null : (Object) value;
                };
            case OfBoolean booleans ->
                frame -> {
                    boolean value = booleans.evaluate(frame);
                    return frame.isNull ? null : (Object) value;
                };
        };
    }

    private static Node nulls(CelType type) {
        return unboxed(type, _ -> null);
    }

    private IllegalStateException unexpected(String wanted) {
        return new IllegalStateException("%s are no %s".formatted(type.name(), wanted));
    }

    /** This node with FLOAT64 values where it has ints and the other type asks for it. */
    Node widenedTo(CelType other) {
        if (!type.equals(SimpleType.INT) || !other.equals(SimpleType.DOUBLE)) {
            return this;
        }
        return new Node(SimpleType.DOUBLE, doubles(), literal.map(value -> ((Number) value).doubleValue()));
    }

    /** The type that values of two types have in common, such as FLOAT64 for an int and a float; empty if none. */
    static Optional<CelType> commonType(CelType a, CelType b) {
        if (a.equals(b) || b.equals(SimpleType.NULL_TYPE)) {
            return Optional.of(a);
        }
        if (a.equals(SimpleType.NULL_TYPE)) {
            return Optional.of(b);
        }
        boolean numeric = isNumeric(a) && isNumeric(b);
        return numeric ? Optional.of(SimpleType.DOUBLE) : Optional.empty();
    }

    private static boolean isNumeric(CelType type) {
        return type.equals(SimpleType.INT) || type.equals(SimpleType.DOUBLE);
    }
}
