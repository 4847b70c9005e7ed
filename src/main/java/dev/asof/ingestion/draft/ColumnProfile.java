package dev.asof.ingestion.draft;

import dev.asof.formats.NestedValue;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a sample shows of one column: which types its values fit, and what else a contract should say of it. */
final class ColumnProfile {

    private static final Set<String> NULL_WORDS =
            Set.of("NA", "N/A", "n/a", "NULL", "null", "None", "none", "NaN", "nan", "\\N", "#N/A", "NaT", "<NA>");
    private static final ValueConverter.Options ANY_ZONE =
            new ValueConverter.Options(Optional.of(ZoneOffset.UTC), false, true);
    private static final int SHORTEST_VECTOR = 8;
    private static final int UNKNOWN = -1;
    private static final int VARIES = -2;

    private final boolean untyped;
    private final Set<String> nullWords = new TreeSet<>();
    private EnumSet<ScalarType> possible = EnumSet.of(
            ScalarType.BOOLEAN, ScalarType.INT64, ScalarType.FLOAT64, ScalarType.TIMESTAMP, ScalarType.STRING);
    private @Nullable ValueType declared;
    private boolean values;
    private boolean nulls;
    private boolean lists;
    private boolean nested;
    private boolean localTimes;
    private boolean dates;
    private boolean belowMicroseconds;
    private boolean nonFinite;
    private int listLength = UNKNOWN;

    /** @param untyped whether the format has nothing but text, as CSV has */
    ColumnProfile(boolean untyped) {
        this.untyped = untyped;
    }

    /** What the file itself says of the column's type. */
    void declare(ValueType type) {
        declared = type;
    }

    void see(@Nullable Object raw) {
        switch (raw) {
            case null -> nulls = true;
            case String text when NULL_WORDS.contains(text) -> nullWords.add(text);
            case NestedValue value -> nested = true;
            case List<?> list -> seeList(list);
            default -> seeScalar(raw);
        }
    }

    private void seeList(List<?> list) {
        lists = true;
        listLength = listLength == UNKNOWN || listLength == list.size() ? list.size() : VARIES;
        for (Object element : list) {
            if (element instanceof NestedValue) {
                nested = true;
            } else if (element != null) {
                seeScalar(element);
            }
        }
    }

    private void seeScalar(Object raw) {
        values = true;
        nonFinite |= raw instanceof Double number && !Double.isFinite(number)
                || raw instanceof Float real && !Float.isFinite(real);
        possible.retainAll(fitting(raw));
    }

    private EnumSet<ScalarType> fitting(Object raw) {
        return switch (raw) {
            case Boolean bool -> EnumSet.of(ScalarType.BOOLEAN, ScalarType.STRING);
            case Integer number -> EnumSet.of(ScalarType.INT64, ScalarType.FLOAT64);
            case Long number -> EnumSet.of(ScalarType.INT64, ScalarType.FLOAT64);
            case BigInteger number -> EnumSet.of(ScalarType.FLOAT64);
            case BigDecimal number -> EnumSet.of(ScalarType.FLOAT64);
            case Float number -> EnumSet.of(ScalarType.FLOAT64);
            case Double number -> EnumSet.of(ScalarType.FLOAT64);
            case Instant instant -> timestamp(raw);
            case LocalDateTime local -> timestamp(raw);
            case LocalDate date -> timestamp(raw);
            case String text -> text(text);
            default -> EnumSet.of(ScalarType.STRING);
        };
    }

    private EnumSet<ScalarType> text(String text) {
        if (possible.contains(ScalarType.TIMESTAMP)) {
            var fitting = timestamp(text);
            if (fitting.contains(ScalarType.TIMESTAMP)) {
                return fitting;
            }
        }
        var fitting = EnumSet.of(ScalarType.STRING);
        if (!untyped) {
            return fitting;
        }
        if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            fitting.add(ScalarType.BOOLEAN);
        } else if (!isCode(text) && fits(text, ScalarType.FLOAT64)) {
            boolean integer = text.chars().allMatch(c -> c == '-' || c == '+' || Character.isDigit(c));
            if (!integer) {
                fitting.add(ScalarType.FLOAT64);
            } else if (fits(text, ScalarType.INT64)) {
                fitting.add(ScalarType.INT64);
                fitting.add(ScalarType.FLOAT64);
            }
        }
        return fitting;
    }

    /** Digits that are no number, because a number would lose their leading zeros. */
    private static boolean isCode(String text) {
        return text.length() > 1 && text.charAt(0) == '0' && Character.isDigit(text.charAt(1));
    }

    private EnumSet<ScalarType> timestamp(Object raw) {
        localTimes |= isRefused(raw, ValueConverter.Options.STRICT, "no_time_zone");
        boolean tooFine = isRefused(raw, ANY_ZONE, "sub_microsecond");
        belowMicroseconds |= tooFine;
        dates |= raw instanceof LocalDate || raw instanceof String text && text.length() == "2026-11-21".length();
        return tooFine || fits(raw, ScalarType.TIMESTAMP)
                ? EnumSet.of(ScalarType.TIMESTAMP, ScalarType.STRING)
                : EnumSet.of(ScalarType.STRING);
    }

    private static boolean fits(Object raw, ScalarType type) {
        try {
            ValueConverter.convert(raw, type, ANY_ZONE);
            return true;
        } catch (ValueConversionException e) {
            return false;
        }
    }

    private static boolean isRefused(Object raw, ValueConverter.Options options, String rule) {
        try {
            ValueConverter.convert(raw, ScalarType.TIMESTAMP, options);
            return false;
        } catch (ValueConversionException e) {
            return e.rule().equals(rule);
        }
    }

    /** The type to propose; STRING where the values fit no other or there are none. */
    ValueType type() {
        if (declared != null) {
            return declared instanceof ListType list ? list(list.element()) : declared;
        }
        ScalarType scalar = ScalarType.STRING;
        if (values) {
            // in this order: every integer is a float too, and everything is text
            for (var type : List.of(ScalarType.TIMESTAMP, ScalarType.BOOLEAN, ScalarType.INT64, ScalarType.FLOAT64)) {
                if (possible.contains(type)) {
                    scalar = type;
                    break;
                }
            }
        }
        return lists ? list(scalar) : scalar;
    }

    private ListType list(ScalarType element) {
        return listLength >= SHORTEST_VECTOR ? ListType.of(element, listLength) : ListType.of(element);
    }

    /** Words read as null in a column of another type; in a column of texts they may be texts. */
    Set<String> nullTokens() {
        return values && type() != ScalarType.STRING ? nullWords : Set.of();
    }

    boolean isNested() {
        return nested;
    }

    boolean isEmpty() {
        return !values;
    }

    boolean hasNulls() {
        return nulls || !nullWords.isEmpty();
    }

    boolean isTimestamp() {
        return type() == ScalarType.TIMESTAMP;
    }

    boolean hasLocalTimes() {
        return isTimestamp() && localTimes;
    }

    boolean hasDates() {
        return isTimestamp() && dates;
    }

    boolean isBelowMicroseconds() {
        return isTimestamp() && belowMicroseconds;
    }

    boolean isNonFinite() {
        return nonFinite;
    }
}
