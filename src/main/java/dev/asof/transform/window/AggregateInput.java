package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an aggregate reads of a source row, computed once when the row is written: the value of a column or an expression where
 * a condition holds.
 *
 * @param column the source column; empty where it is an expression, or nothing but the row
 * @param expression over the source row; empty where it is a column, or nothing but the row
 * @param valueType of the column or expression; empty where there is none
 * @param where a condition that must hold, else the row is skipped; empty if all rows count
 */
public record AggregateInput(
        Optional<String> column,
        Optional<String> expression,
        Optional<ScalarType> valueType,
        Optional<String> where,
        Form form) {

    /** In which form the value is kept; null where the row is skipped. */
    public enum Form {
        /** True where the condition holds and nothing failed. */
        ADMITTED,
        /** True where, besides, the value is not null. */
        PRESENT,
        /** The value. */
        VALUE,
        /** The value, text cut to its first 256 bytes. */
        SHORT,
        /** The 64-bit hash of {@link #SHORT}, by which values are chosen (rule W6). */
        SHORT_HASH,
        /** The 64-bit hash of the value. */
        HASH,
        /** The bucket of a number, for quantiles; null for NaN. */
        QUANTILE_BUCKET
    }

    /** The type of what is kept. */
    public ScalarType type() {
        return switch (form) {
            case ADMITTED, PRESENT -> ScalarType.BOOLEAN;
            case VALUE, SHORT -> valueType.orElseThrow();
            case SHORT_HASH, HASH -> ScalarType.INT64;
            case QUANTILE_BUCKET -> ScalarType.INT32;
        };
    }

    /** The same in another form. */
    public AggregateInput as(Form other) {
        return new AggregateInput(column, expression, valueType, where, other);
    }

    /**
     * What a row keeps.
     *
     * @param admitted whether the condition holds and nothing failed
     * @param value of the column or expression; null if it is null, or if there is none
     * @return of {@link #type()}; null where the row is skipped
     */
    public @Nullable Object kept(boolean admitted, @Nullable Object value) {
        if (!admitted) {
            return null;
        }
        if (form == Form.ADMITTED) {
            return true;
        }
        return value == null
                ? null
                : switch (form) {
                    case ADMITTED, PRESENT -> true;
                    case VALUE -> value;
                    case SHORT -> shortened(value);
                    case SHORT_HASH -> ValueHash.of(shortened(value));
                    case HASH -> ValueHash.of(value);
                    case QUANTILE_BUCKET -> {
                        double number = ((Number) value).doubleValue();
                        yield Double.isNaN(number) ? null : (Object) QuantileBucket.of(number);
                    }
                };
    }

    private static Object shortened(Object value) {
        return value instanceof String text ? ShortText.of(text) : value;
    }
}
