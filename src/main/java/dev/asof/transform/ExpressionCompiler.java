package dev.asof.transform;

import dev.asof.shared.ValueType;
import java.util.List;
import java.util.Optional;

/** Compiles CEL expressions over the columns of a row. */
public final class ExpressionCompiler {

    /** A column an expression may read; its position in the list is its position in the row. */
    public record Input(String name, ValueType type) {}

    private ExpressionCompiler() {}

    /**
     * @param declared the type the result must fit, such as INT32 for an int; empty to infer it
     * @throws ExpressionException with every problem and its position
     */
    public static CompiledExpression compile(String expression, List<Input> inputs, Optional<ValueType> declared)
            throws ExpressionException {
        throw new UnsupportedOperationException("not written yet: " + expression + inputs + declared);
    }
}
