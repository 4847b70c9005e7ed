package dev.asof.transform;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A typed part of an expression, ready to evaluate.
 *
 * @param literal the value of a literal, which an operation may look into while compiling; empty for null
 */
record Node(CelType type, Evaluator evaluator, Optional<Object> literal) {

    static final Node NULL = of(SimpleType.NULL_TYPE, row -> null);

    /** Stands for a part that has a problem already reported. */
    static final Node INVALID = of(SimpleType.ERROR, row -> null);

    static Node of(CelType type, Evaluator evaluator) {
        return new Node(type, evaluator, Optional.empty());
    }

    static Node literal(CelType type, Object value) {
        return new Node(type, row -> value, Optional.of(value));
    }

    boolean isNull() {
        return type.equals(SimpleType.NULL_TYPE);
    }

    boolean isInvalid() {
        return type.equals(SimpleType.ERROR);
    }

    /** This node as FLOAT64 where it is an integer and the other type asks for it. */
    Node widenedTo(CelType other) {
        if (!type.equals(SimpleType.INT) || !other.equals(SimpleType.DOUBLE)) {
            return this;
        }
        return new Node(SimpleType.DOUBLE, row -> widen(evaluator.evaluate(row)), literal.map(Node::toDouble));
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

    private static @Nullable Object widen(@Nullable Object value) {
        return value == null ? null : toDouble(value);
    }

    private static Object toDouble(Object value) {
        return ((Number) value).doubleValue();
    }
}
