package dev.asof.registry.planning;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.util.Collection;

/** What a row of a table can hold in Postgres: refused here, or it would fail on the first row that is full. */
public final class RowLimits {

    /** An index has 32 columns, two of them the event timestamp and the row sequence. */
    static final int MAX_KEYS = 30;

    /** One of an index's columns is the row sequence. */
    static final int MAX_ROW_ID = 31;

    /** Of the 8160 bytes of a page's only row, less the header, the null bitmap and Asof's own columns. */
    private static final int MAX_BYTES = 7_900;

    private RowLimits() {}

    /** Whether a row of such values always fits, the long ones being stored apart. */
    public static boolean fits(Collection<? extends ValueType> types) {
        return types.stream().mapToInt(RowLimits::bytes).sum() <= MAX_BYTES;
    }

    public static String tooWide(String what) {
        return "These %s are too many for a row of Postgres: numbers take up to 8 bytes, texts and lists 24, "
                        .formatted(what)
                + "and there are %s; split them".formatted(MAX_BYTES);
    }

    private static int bytes(ValueType type) {
        return switch (type) {
            case ListType list -> 24;
            case ScalarType scalar ->
                switch (scalar) {
                    case BOOLEAN -> 1;
                    case INT32, FLOAT32 -> 4;
                    case INT64, FLOAT64, TIMESTAMP -> 8;
                    case STRING, BYTES -> 24;
                };
        };
    }
}
