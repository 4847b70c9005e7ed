package dev.asof.formats;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The texts of values that none of our types holds, for columns that are only handed through. */
public final class HandedTexts {

    /** A number of a few characters may have so many digits that they fill the memory. */
    private static final int MOST_PLAIN_DIGITS = 1_000;

    private HandedTexts() {}

    /** The value, or its text where text is wanted and it has one. */
    public static Object of(Object raw, ValueType type) {
        return switch (type) {
            case ScalarType scalar -> scalar == ScalarType.STRING ? text(raw) : raw;
            case ListType list ->
                list.element() == ScalarType.STRING && raw instanceof List<?> values ? texts(values) : raw;
        };
    }

    /** A number's digits without an exponent, unless these are very many. */
    public static String of(BigDecimal number) {
        long digits = Math.max(number.scale(), (long) number.precision() - number.scale());
        return digits > MOST_PLAIN_DIGITS ? number.toString() : number.toPlainString();
    }

    private static List<@Nullable Object> texts(List<?> values) {
        var texts = new ArrayList<@Nullable Object>(values.size());
        for (Object value : values) {
            texts.add(value == null ? null : text(value));
        }
        return texts;
    }

    private static Object text(Object raw) {
        return switch (raw) {
            case BigDecimal decimal -> of(decimal);
            case LocalDate day when ColumnForm.Date.holds(day) -> day.toString();
            default -> raw;
        };
    }
}
