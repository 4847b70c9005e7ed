package dev.asof.transform;

import org.jspecify.annotations.Nullable;

/**
 * One step of a compiled expression. While it is evaluated, integers are {@link Long} and floats {@link Double},
 * whatever width their input has; only elements inside the list or map of an input keep the class they came with.
 */
@FunctionalInterface
interface Evaluator {

    @Nullable
    Object evaluate(@Nullable Object[] row) throws EvaluationException;
}
