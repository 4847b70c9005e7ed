package dev.asof.ingestion;

import java.util.Locale;

/** How a batch's rows came. */
public enum BatchKind {
    /** A client sent them. */
    PUSH,
    /** They were read from a table source's table. */
    READ,
    /** They had waited in quarantine and were held to the contract again. */
    REPLAY;

    /** As Postgres has it. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param column one that {@link #column} gave */
    public static BatchKind ofColumn(String column) {
        return valueOf(column.toUpperCase(Locale.ROOT));
    }
}
