package dev.asof.training;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Where the rows of a checked spine go. */
interface SpineSink {

    /** Takes a row: its number from 1, its as-of time, its keys, its other columns packed by {@link HandedThrough}. */
    void row(@Nullable Object... values) throws SQLException;

    /** Says that there are no more rows; without it none counts. */
    void finish() throws SQLException;
}
