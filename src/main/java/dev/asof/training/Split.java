package dev.asof.training;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A part of a dataset: the rows with {@code from <= as_of < until}.
 *
 * @param name {@code train}, {@code validation}, {@code test}, or {@code fold_1_train} and so on
 * @param group splits of one group are compared with one another, and have no as-of time in common
 * @param from null for no lower bound
 * @param until null for no upper bound
 */
public record Split(
        String name,
        int group,
        @Nullable Instant from,
        @Nullable Instant until) {

    public boolean contains(Instant asOf) {
        return (from == null || !asOf.isBefore(from)) && (until == null || asOf.isBefore(until));
    }
}
