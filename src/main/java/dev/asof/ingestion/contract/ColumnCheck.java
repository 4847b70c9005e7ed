package dev.asof.ingestion.contract;

import dev.asof.registry.Expectation;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Shown;
import dev.asof.shared.TextPattern;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An expectation of one column's values, made ready to run for every row. */
sealed interface ColumnCheck {

    /** As it stands in violations. */
    String rule();

    boolean accepts(Object value);

    /** What the values should be. */
    String expected();

    static ColumnCheck of(Expectation.Between between, SourceColumn column) {
        return new Range(
                between.min().map(bound -> bound(bound, column)).orElse(null),
                between.max().map(bound -> bound(bound, column)).orElse(null));
    }

    static ColumnCheck of(Expectation.In in, SourceColumn column) {
        var allowed = new HashSet<Object>();
        in.values().forEach(value -> allowed.add(Members.comparable(converted(value, column))));
        return new Members(
                allowed, Shown.names(in.values().stream().map(String::valueOf).toList()));
    }

    /** @throws TextPattern.RefusedException when the pattern was registered before a bound that it breaks */
    static ColumnCheck of(Expectation.Matches matches) throws TextPattern.RefusedException {
        return new Form(TextPattern.compile(matches.pattern()));
    }

    private static Object bound(Object bound, SourceColumn column) {
        // a bound of an integer column may be a fraction, so numbers stay numbers
        return bound instanceof Number number && column.type() != ScalarType.TIMESTAMP
                ? new BigDecimal(number.toString())
                : converted(bound, column);
    }

    private static Object converted(Object value, SourceColumn column) {
        try {
            var options = new ValueConverter.Options(column.timeZone(), column.endOfDay(), column.nonFinite());
            return ValueConverter.convert(value, column.type(), options);
        } catch (ValueConversionException e) {
            throw new IllegalStateException(
                    "An expectation of '%s' has a value that is not of its type".formatted(column.name()), e);
        }
    }

    /** Between two bounds, both included. */
    record Range(@Nullable Object min, @Nullable Object max, double low, double high, long least, long greatest)
            implements ColumnCheck {

        Range(@Nullable Object min, @Nullable Object max) {
            this(
                    min,
                    max,
                    min instanceof BigDecimal number ? number.doubleValue() : Double.NEGATIVE_INFINITY,
                    max instanceof BigDecimal number ? number.doubleValue() : Double.POSITIVE_INFINITY,
                    min instanceof BigDecimal number ? clamped(number, RoundingMode.CEILING) : Long.MIN_VALUE,
                    max instanceof BigDecimal number ? clamped(number, RoundingMode.FLOOR) : Long.MAX_VALUE);
        }

        private static long clamped(BigDecimal bound, RoundingMode rounding) {
            var integer = bound.setScale(0, rounding);
            if (integer.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
                return Long.MAX_VALUE;
            }
            return integer.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) < 0 ? Long.MIN_VALUE : integer.longValue();
        }

        @Override
        public boolean accepts(Object value) {
            return switch (value) {
                case Double number -> number >= low && number <= high;
                case Float number -> number >= low && number <= high;
                case Long number -> number >= least && number <= greatest;
                case Integer number -> number >= least && number <= greatest;
                default -> (min == null || compare(value, min) >= 0) && (max == null || compare(value, max) <= 0);
            };
        }

        @SuppressWarnings("unchecked")
        private static int compare(Object value, Object bound) {
            return switch (value) {
                // rule A6: texts compare byte for byte
                case String text ->
                    Arrays.compareUnsigned(
                            text.getBytes(StandardCharsets.UTF_8), ((String) bound).getBytes(StandardCharsets.UTF_8));
                case byte[] bytes -> Arrays.compareUnsigned(bytes, (byte[]) bound);
                case Comparable<?> comparable -> ((Comparable<Object>) comparable).compareTo(bound);
                default -> throw new IllegalStateException("Values of " + value.getClass() + " have no order");
            };
        }

        @Override
        public String rule() {
            return "between";
        }

        @Override
        public String expected() {
            if (min == null) {
                return "at most " + max;
            }
            return max == null ? "at least " + min : "between %s and %s".formatted(min, max);
        }
    }

    /** One of a set. */
    record Members(Set<Object> allowed, String expected) implements ColumnCheck {

        private static Object comparable(Object value) {
            return switch (value) {
                case byte[] bytes -> ByteBuffer.wrap(bytes);
                case Double number -> number + 0.0;
                case Float number -> number + 0.0f;
                default -> value;
            };
        }

        @Override
        public boolean accepts(Object value) {
            return allowed.contains(comparable(value));
        }

        @Override
        public String rule() {
            return "in";
        }

        @Override
        public String expected() {
            return "one of " + expected;
        }
    }

    /**
     * A text that a pattern matches from its beginning to its end. Columns repeat their values, and matching one takes
     * longer than all else that is done with it, so what was found of the last ones is kept. Not for several threads.
     */
    final class Form implements ColumnCheck {

        private static final int MOST_KEPT = 500;
        private static final int MOST_CHARACTERS_KEPT = 64_000;
        private static final int LONGEST_KEPT = 1_000;

        private final TextPattern pattern;
        private final Map<String, Boolean> found = new HashMap<>();
        private int characters;

        Form(TextPattern pattern) {
            this.pattern = pattern;
        }

        @Override
        public boolean accepts(Object value) {
            if (!(value instanceof String text) || text.length() > pattern.longestText()) {
                return false;
            }
            if (text.length() > LONGEST_KEPT) {
                return pattern.matches(text);
            }
            Boolean known = found.get(text);
            if (known != null) {
                return known;
            }
            boolean matches = pattern.matches(text);
            keep(text, matches);
            return matches;
        }

        private void keep(String text, boolean matches) {
            if (found.size() == MOST_KEPT || characters + text.length() > MOST_CHARACTERS_KEPT) {
                found.clear();
                characters = 0;
            }
            found.put(text, matches);
            characters += text.length();
        }

        /** The texts of which it is known whether they match. */
        Set<String> kept() {
            return Collections.unmodifiableSet(found.keySet());
        }

        @Override
        public String rule() {
            return "matches";
        }

        @Override
        public String expected() {
            return "text that matches %s, of at most %s characters".formatted(pattern, pattern.longestText());
        }
    }
}
