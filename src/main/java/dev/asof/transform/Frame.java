package dev.asof.transform;

import org.jspecify.annotations.Nullable;

/** One evaluation of an expression over one row, by one thread. */
final class Frame {

    private final @Nullable Object[] row;

    /** Whether the last number or boolean was null. */
    boolean isNull;

    private final boolean counted;
    private int stepsLeft = Work.MAX_STEPS;

    /** @param counted whether {@link #count} counts */
    Frame(@Nullable Object[] row, boolean counted) {
        this.row = row;
        this.counted = counted;
    }

    @Nullable
    Object at(int position) {
        return row[position];
    }

    /** Work of functions that were there before it was counted: {@link #spend} where it is ({@link Inputs#areCounted}). */
    void count(long steps, String function) throws EvaluationException {
        if (counted) {
            spend(steps, function);
        }
    }

    /**
     * Called for work that {@link Work} can't foresee: what takes more steps than there are characters and elements to read, and
     * texts that are longer than those of the row.
     *
     * @throws EvaluationException when the evaluation would take too many steps in all
     */
    void spend(long steps, String function) throws EvaluationException {
        if (steps > stepsLeft) {
            throw new EvaluationException("the expression takes too long for this row: with '%s' it is beyond %s steps"
                    .formatted(function, Work.MAX_STEPS));
        }
        stepsLeft -= (int) steps;
    }
}
