package dev.asof.registry;

import dev.asof.shared.ValueType;
import java.time.ZoneId;
import java.util.Optional;

/**
 * A column of a source.
 *
 * @param required whether a row without a value, or a batch without the column, is refused
 * @param timeZone for TIMESTAMP columns whose text is a local time; empty when every text carries an offset (rule T1)
 * @param endOfDay for TIMESTAMP columns read from dates without a time: whether they mean the last microsecond of the
 *     day ({@code at: end_of_day}) rather than its start
 * @param nonFinite whether NaN and infinities are accepted, written as numbers or as the tokens {@code NaN},
 *     {@code Infinity} and {@code -Infinity} (rule J1)
 */
public record SourceColumn(
        String name,
        ValueType type,
        boolean required,
        Optional<ZoneId> timeZone,
        boolean endOfDay,
        boolean nonFinite,
        Optional<String> description) {

    /** An optional column with nothing declared beyond its type. */
    public static SourceColumn of(String name, ValueType type) {
        return new SourceColumn(name, type, false, Optional.empty(), false, false, Optional.empty());
    }

    public SourceColumn asRequired() {
        return new SourceColumn(name, type, true, timeZone, endOfDay, nonFinite, description);
    }

    public SourceColumn in(ZoneId zone) {
        return new SourceColumn(name, type, required, Optional.of(zone), endOfDay, nonFinite, description);
    }
}
