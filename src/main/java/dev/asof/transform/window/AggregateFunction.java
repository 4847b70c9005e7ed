package dev.asof.transform.window;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What can be aggregated over a window, by the names that users write. */
public enum AggregateFunction {
    COUNT,
    SUM,
    AVG,
    MIN,
    MAX,
    FIRST,
    LAST,
    STDDEV,
    STDDEV_POP,
    VARIANCE,
    VARIANCE_POP,
    COUNT_DISTINCT,
    APPROX_QUANTILE,
    LAST_N,
    DISTINCT_N,
    TOP_K;

    /** As users write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<AggregateFunction> parse(String text) {
        return Arrays.stream(values())
                .filter(function -> function.text().equals(text))
                .findFirst();
    }

    /** All that users can write, for messages and suggestions. */
    public static List<String> names() {
        return Arrays.stream(values()).map(AggregateFunction::text).toList();
    }

    /** Whether it answers a list, and says by {@code n} (or {@code k}) how long. */
    public boolean isSized() {
        return this == LAST_N || this == DISTINCT_N || this == TOP_K;
    }

    /** Whether there can be one for each value of a column (rule W6): what it keeps is small. */
    public boolean canBeBucketed() {
        return !isSized() && this != COUNT_DISTINCT && this != APPROX_QUANTILE;
    }
}
