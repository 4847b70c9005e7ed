package dev.asof.windows;

import java.util.List;

/**
 * What the oracle says.
 *
 * @param value {@code Long}, {@code Double}, {@code Boolean}, {@code String}, {@code Instant}, a list of these (with nulls),
 *     {@link Buckets}, or null
 * @param slack how far a float may be from the value: 0 where every bit counts
 */
record OracleAnswer(Object value, String status, double slack) {

    /** A value for each key, in the order of keys. */
    record Buckets(List<Object> keys, List<Object> values) {}

    static OracleAnswer present(Object value) {
        return new OracleAnswer(value, "PRESENT", 0);
    }

    static OracleAnswer orNull(Object value) {
        return new OracleAnswer(value, value == null ? "NULL_VALUE" : "PRESENT", 0);
    }
}
