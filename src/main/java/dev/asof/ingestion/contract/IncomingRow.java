package dev.asof.ingestion.contract;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A row held to its source's contract. */
public sealed interface IncomingRow {

    /** Its place in the request, from 1. */
    long number();

    /**
     * A good row.
     *
     * @param values in the order of the source's columns
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Accepted(long number, @Nullable Object[] values) implements IncomingRow {}

    /**
     * A row for quarantine.
     *
     * @param raw the row as a JSON object of what was sent
     * @param violations every rule it breaks; at least one
     */
    record Refused(long number, String raw, List<RowViolation> violations) implements IncomingRow {}
}
