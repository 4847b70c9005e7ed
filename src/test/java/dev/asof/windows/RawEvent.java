package dev.asof.windows;

import java.util.List;
import java.util.Map;

/**
 * A row that was accepted, as the oracle knows it. Times are microseconds since 1970.
 *
 * @param key the values of the entity's keys; a null among them is nobody's
 * @param values by column: {@code Long}, {@code Double}, {@code Boolean}, {@code String}, {@code Instant}, or null
 * @param sequence its place in the order of acceptance; a row sent again from quarantine keeps its first one
 * @param known since when it is known
 * @param id the values of the source's row id; empty where it has none
 */
record RawEvent(
        List<Object> key,
        Map<String, Object> values,
        long time,
        long sequence,
        long known,
        boolean deleted,
        List<Object> id) {}
