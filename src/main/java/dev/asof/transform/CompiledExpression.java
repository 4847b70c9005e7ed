package dev.asof.transform;

import dev.asof.shared.ValueType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A type-checked expression, safe to evaluate from many threads. */
public interface CompiledExpression {

    /** The result's type. */
    ValueType type();

    /** The names of the inputs it reads. */
    Set<String> inputs();

    /**
     * How much work a row is by the lengths of its texts and lists: operations times what they read. What depends on the values
     * themselves may come to that, and to as much as an evaluation may take: twenty million, about a tenth of a second.
     *
     * @param row as for {@link #evaluate}
     */
    long steps(@Nullable Object[] row);

    /**
     * Evaluates over one row (rule C2): null in gives null out.
     *
     * @param row values at the positions of the inputs given to the compiler ({@link Inputs#positionOf}), of the
     *     classes {@link ValueType} lists
     * @throws EvaluationException when it fails or gives a number that is not finite
     */
    @Nullable
    Object evaluate(@Nullable Object[] row) throws EvaluationException;
}
