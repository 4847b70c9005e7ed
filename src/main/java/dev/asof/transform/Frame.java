package dev.asof.transform;

import org.jspecify.annotations.Nullable;

/** One evaluation of an expression over one row, by one thread. */
final class Frame {

    private final @Nullable Object[] row;

    /** Whether the last number or boolean was null. */
    boolean isNull;

    Frame(@Nullable Object[] row) {
        this.row = row;
    }

    @Nullable
    Object at(int position) {
        return row[position];
    }
}
