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
     * Evaluates over one row (rule C2): null in gives null out.
     *
     * @param row values at the positions of the inputs given to the compiler ({@link Inputs#positionOf}), of the
     *     classes {@link ValueType} lists
     * @throws EvaluationException when it fails or gives a number that is not finite
     */
    @Nullable
    Object evaluate(@Nullable Object[] row) throws EvaluationException;
}
