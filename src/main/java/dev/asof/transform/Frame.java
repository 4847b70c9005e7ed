package dev.asof.transform;

import org.jspecify.annotations.Nullable;

/** One evaluation of an expression over one row, by one thread. */
final class Frame {

    private final @Nullable Object[] row;

    /** Whether the last number or boolean was null. */
    boolean isNull;

    private int stepsLeft = Work.MAX_STEPS;

    Frame(@Nullable Object[] row) {
        this.row = row;
    }

    @Nullable
    Object at(int position) {
        return row[position];
    }

    /**
     * Called before work that {@link Work} can't foresee, because it takes more steps than there are characters and elements.
     *
     * @throws EvaluationException when the evaluation would take too many steps in all
     */
    void spend(long steps, String function) throws EvaluationException {
        if (steps > stepsLeft) {
            throw new EvaluationException("'%s' would take too long: all its calls for a row take at most %s steps"
                    .formatted(function, Work.MAX_STEPS));
        }
        stepsLeft -= (int) steps;
    }
}
