package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import org.jspecify.annotations.Nullable;

/** Values of on-demand features, row by row. */
final class ComputedValues {

    private final int cells;
    private final @Nullable Object[] values;
    private final @Nullable ValueStatus[] statuses;

    /** @param cells how many features there are */
    ComputedValues(int rows, int cells) {
        this.cells = cells;
        this.values = new @Nullable Object[rows * cells];
        this.statuses = new @Nullable ValueStatus[rows * cells];
    }

    void put(int row, int cell, @Nullable Object value, ValueStatus status) {
        values[row * cells + cell] = value;
        statuses[row * cells + cell] = status;
    }

    /** A value of the class that its type has; null where there is none. */
    @Nullable
    Object value(int row, int cell) {
        return values[row * cells + cell];
    }

    /** @throws IllegalStateException of a feature that was not computed for these rows */
    ValueStatus status(int row, int cell) {
        var status = statuses[row * cells + cell];
        if (status == null) {
            throw new IllegalStateException("Not computed: " + cell);
        }
        return status;
    }
}
