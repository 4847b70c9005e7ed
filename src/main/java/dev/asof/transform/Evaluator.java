package dev.asof.transform;

import org.jspecify.annotations.Nullable;

/**
 * One step of a compiled expression. Its kind follows from the type of its value, so that numbers are never boxed on their way
 * from step to step: INT64 is {@link OfLong}, FLOAT64 {@link OfDouble}, BOOLEAN {@link OfBoolean}, all else, and the literal
 * null, {@link OfObject}. Whether a number or boolean is null, {@link Frame#isNull} says, which each of those steps sets;
 * what it gives beside is then 0 or false. Elements inside lists and maps keep the class they came with.
 */
sealed interface Evaluator {

    /** Of INT64. */
    @FunctionalInterface
    non-sealed interface OfLong extends Evaluator {
        long evaluate(Frame frame) throws EvaluationException;
    }

    /** Of FLOAT64. */
    @FunctionalInterface
    non-sealed interface OfDouble extends Evaluator {
        double evaluate(Frame frame) throws EvaluationException;
    }

    /** Of BOOLEAN. */
    @FunctionalInterface
    non-sealed interface OfBoolean extends Evaluator {
        boolean evaluate(Frame frame) throws EvaluationException;
    }

    /** Of any other type; leaves {@link Frame#isNull} as it may be. */
    @FunctionalInterface
    non-sealed interface OfObject extends Evaluator {
        @Nullable
        Object evaluate(Frame frame) throws EvaluationException;
    }
}
