package dev.asof.ingestion.table;

import dev.asof.postgres.SqlColumn;
import dev.asof.registry.SourceColumn;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueConversionException;
import dev.asof.shared.ValueConverter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values of a table's column as they are compared from read to read: as the declared type has them, so that neither the
 * scale of a {@code numeric}, nor a wider type, nor the padding of a {@code char} makes another value. What a contract
 * refuses stays what it is, so that a contract which comes to accept it makes no row new.
 *
 * @param type what the source declares
 * @param isPadded whether spaces at a text's end don't count
 */
record ComparedValues(ScalarType type, ValueConverter.Options options, boolean isPadded) {

    static ComparedValues of(SourceColumn declared, SqlColumn read) {
        var type = declared.type().element();
        return new ComparedValues(
                type,
                new ValueConverter.Options(declared.timeZone(), declared.endOfDay(), true),
                read.typeName().equals("bpchar"));
    }

    /** The value to compare; null for null. */
    @Nullable
    Object of(@Nullable Object raw) {
        return switch (raw) {
            case null -> null;
            case List<?> list -> {
                var values = new ArrayList<@Nullable Object>(list.size());
                list.forEach(element -> values.add(of(element)));
                yield values;
            }
            case String text when isPadded -> withoutPadding(text);
            default -> converted(raw);
        };
    }

    /** Without the spaces at its end; other white space there is the value's own. */
    private static String withoutPadding(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }

    private Object converted(Object raw) {
        try {
            return ValueConverter.convert(raw, type, options);
        } catch (ValueConversionException e) {
            return raw instanceof BigDecimal number ? number.stripTrailingZeros() : raw;
        }
    }
}
