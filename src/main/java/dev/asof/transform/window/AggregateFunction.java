package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

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

    private static final Set<ScalarType> NUMBERS = Collections.unmodifiableSet(
            EnumSet.of(ScalarType.INT32, ScalarType.INT64, ScalarType.FLOAT32, ScalarType.FLOAT64));

    private static final Set<ScalarType> ORDERED = Collections.unmodifiableSet(EnumSet.of(
            ScalarType.INT32,
            ScalarType.INT64,
            ScalarType.FLOAT32,
            ScalarType.FLOAT64,
            ScalarType.STRING,
            ScalarType.TIMESTAMP));

    private static final Set<ScalarType> BY = Collections.unmodifiableSet(
            EnumSet.of(ScalarType.BOOLEAN, ScalarType.INT32, ScalarType.INT64, ScalarType.STRING));

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

    /** The types of what it aggregates, in the order in which they are documented. */
    public Set<ScalarType> inputs() {
        return switch (this) {
            case SUM, AVG, STDDEV, STDDEV_POP, VARIANCE, VARIANCE_POP, APPROX_QUANTILE -> NUMBERS;
            case MIN, MAX -> ORDERED;
            case DISTINCT_N, TOP_K -> BY;
            case COUNT, FIRST, LAST, COUNT_DISTINCT, LAST_N -> EnumSet.allOf(ScalarType.class);
        };
    }

    /** The types of the column whose values have an aggregate each (rule W6). */
    public static Set<ScalarType> keys() {
        return BY;
    }
}
