package dev.asof.training;

import dev.asof.ingestion.ColumnForm;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The texts of values that none of our types holds, for columns that are only handed through. */
final class HandedTexts {

    private HandedTexts() {}

    /** The value, or its text where text is wanted and it has one. */
    static Object of(Object raw, ValueType type) {
        return switch (type) {
            case ScalarType scalar -> scalar == ScalarType.STRING ? text(raw) : raw;
            case ListType list -> list.element() == ScalarType.STRING && raw instanceof List<?> values ? texts(values) : raw;
        };
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
            case BigDecimal decimal -> decimal.toPlainString();
            case LocalDate day when ColumnForm.Date.holds(day) -> day.toString();
            default -> raw;
        };
    }
}
