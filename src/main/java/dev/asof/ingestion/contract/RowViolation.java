package dev.asof.ingestion.contract;

import org.jspecify.annotations.Nullable;

/**
 * A rule of the contract that a row breaks.
 *
 * @param row its place in the request, from 1
 * @param column null when it concerns several
 * @param rule a stable name such as {@code required}, {@code type}, {@code between}, {@code unique},
 *     {@code too_far_in_the_future}
 * @param value what was sent, as text, shortened past 200 characters; null when nothing was
 */
public record RowViolation(
        long row,
        @Nullable String column,
        String rule,
        @Nullable String value,
        String message) {}
