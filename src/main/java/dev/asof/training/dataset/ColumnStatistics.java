package dev.asof.training.dataset;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.asof.formats.ColumnForm;
import dev.asof.formats.ResultColumn;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts what a column holds, value by value. */
final class ColumnStatistics {

    /**
     * What a column holds. The range is that of the values; for texts, bytes and lists it is that of their lengths, a
     * text's being what {@code length()} counts: its characters, however many units of UTF-16 they take.
     *
     * @param notFinite how many floats are NaN or infinite; they are left out of all that follows
     * @param trues how many of a boolean column are true
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Summary(
            String name,
            String type,
            long nulls,
            @Nullable Long notFinite,
            @Nullable Long trues,
            @Nullable Object min,
            @Nullable Object max,
            @Nullable Double mean,
            @Nullable Double stddev,
            @Nullable Long minLength,
            @Nullable Long maxLength) {}

    private final ResultColumn column;
    private final boolean isDecimal;
    private long nulls;
    private long notFinite;
    private long trues;
    private long count;
    private double mean;
    private double squares;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private long minLong = Long.MAX_VALUE;
    private long maxLong = Long.MIN_VALUE;

    ColumnStatistics(ResultColumn column) {
        this.column = column;
        this.isDecimal = column.type() == ScalarType.STRING
                && column.form().filter(ColumnForm.Decimal.class::isInstance).isPresent();
    }

    void add(@Nullable Object value) {
        switch (value) {
            case null -> nulls++;
            case Boolean bool -> trues += bool ? 1 : 0;
            case Integer number -> addLong(number);
            case Long number -> addLong(number);
            case Float number -> addDouble(number);
            case Double number -> addDouble(number);
            case Instant instant -> range(Timestamps.toMicros(instant));
            case String text when isDecimal -> addDouble(Double.parseDouble(text));
            case String text -> range(text.codePointCount(0, text.length()));
            case byte[] bytes -> range(bytes.length);
            case List<?> list -> range(list.size());
            default -> throw new IllegalArgumentException("Not a value: " + value.getClass());
        }
    }

    long nulls() {
        return nulls;
    }

    Summary summary() {
        boolean isInteger = column.type() == ScalarType.INT32 || column.type() == ScalarType.INT64;
        boolean isFloat = column.type() == ScalarType.FLOAT32 || column.type() == ScalarType.FLOAT64 || isDecimal;
        boolean isText = column.type() == ScalarType.STRING && !isDecimal
                || column.type() == ScalarType.BYTES
                || column.type() instanceof ListType;
        boolean isSpread = count > 0 && (isInteger || isFloat);
        return new Summary(
                column.name(),
                column.typeName(),
                nulls,
                isFloat ? notFinite : null,
                column.type() == ScalarType.BOOLEAN ? trues : null,
                bound(isFloat, isText, min, minLong),
                bound(isFloat, isText, max, maxLong),
                isSpread ? mean : null,
                isSpread ? Math.sqrt(squares / count) : null,
                isText && maxLong >= 0 ? minLong : null,
                isText && maxLong >= 0 ? maxLong : null);
    }

    private @Nullable Object bound(boolean isFloat, boolean isText, double floating, long whole) {
        if (isFloat) {
            return Double.isFinite(floating) ? floating : null;
        }
        if (isText || minLong > maxLong) {
            return null;
        }
        return column.type() == ScalarType.TIMESTAMP ? Timestamps.format(Timestamps.ofMicros(whole)) : whole;
    }

    private void addLong(long value) {
        range(value);
        spread(value);
    }

    private void addDouble(double value) {
        if (!Double.isFinite(value)) {
            notFinite++;
            return;
        }
        min = Math.min(min, value);
        max = Math.max(max, value);
        spread(value);
    }

    private void range(long value) {
        minLong = Math.min(minLong, value);
        maxLong = Math.max(maxLong, value);
    }

    /** Welford's algorithm: the sum of squares alone would lose digits. */
    private void spread(double value) {
        count++;
        double before = value - mean;
        mean += before / count;
        squares += before * (value - mean);
    }
}
