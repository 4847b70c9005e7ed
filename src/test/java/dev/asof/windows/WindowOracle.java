package dev.asof.windows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * What an aggregate is, too simple to be wrong: it looks at every row that was accepted, for every answer anew. It shares
 * nothing with the code that it judges. What rules say can be overridden, to see that the cases tell it.
 */
class WindowOracle {

    private final List<RawEvent> accepted;
    private final boolean hasRowId;
    private final Map<List<Object>, List<RawEvent>> byKey = new HashMap<>();

    WindowOracle(List<RawEvent> accepted, boolean hasRowId) {
        this.accepted = accepted;
        this.hasRowId = hasRowId;
        accepted.forEach(
                row -> byKey.computeIfAbsent(row.key(), _ -> new ArrayList<>()).add(row));
    }

    /** Rule A1's order of rows. */
    Comparator<RawEvent> order() {
        return Comparator.comparingLong(RawEvent::time).thenComparingLong(RawEvent::sequence);
    }

    /** Whether a row stands in a window (rules W1 and W5). */
    boolean stands(RawEvent row, OracleWindow window, long asOf, boolean strict) {
        return window.has(row.time(), asOf, strict);
    }

    /** Whether a row takes back another one of its id, both admitted (rule W4). */
    boolean replaces(RawEvent other, RawEvent row, OracleWindow window, long asOf) {
        return other.sequence() > row.sequence() && row.id().equals(other.id()) && !hasNull(row.id());
    }

    /** Whether a row is a tombstone that takes back another one, both admitted (rule W4). */
    boolean cuts(RawEvent other, RawEvent row, long asOf, boolean strict) {
        return other.deleted()
                && other.key().equals(row.key())
                && (strict ? other.time() < asOf : other.time() <= asOf)
                && order().compare(other, row) > 0;
    }

    /** The value of an aggregate for a key at a time. */
    OracleAnswer answer(OracleAggregate aggregate, List<Object> key, long asOf, OracleReading reading) {
        var rows = inWindow(aggregate.window(), key, asOf, reading);
        if (aggregate.window().steps() == 0) {
            return OracleFunctions.answer(aggregate, rows);
        }
        var steps = IntStream.range(0, aggregate.window().steps())
                .mapToObj(step -> rows.stream()
                        .filter(row -> aggregate.window().stepOf(row.time(), asOf) == step)
                        .toList())
                .map(part -> OracleFunctions.answer(aggregate, part))
                .toList();
        return OracleFunctions.series(steps);
    }

    /** The greatest event timestamp among the rows of a window. */
    OptionalLong eventTimestamp(OracleWindow window, List<Object> key, long asOf, OracleReading reading) {
        return inWindow(window, key, asOf, reading).stream()
                .mapToLong(RawEvent::time)
                .max();
    }

    /** The greatest known timestamp among the rows of a window. */
    OptionalLong knownTimestamp(OracleWindow window, List<Object> key, long asOf, OracleReading reading) {
        return inWindow(window, key, asOf, reading).stream()
                .mapToLong(RawEvent::known)
                .max();
    }

    /** The rows of a key that count, in order of time. */
    List<RawEvent> inWindow(OracleWindow window, List<Object> key, long asOf, OracleReading reading) {
        var counting = new ArrayList<RawEvent>();
        for (RawEvent row : hasNull(key) ? List.<RawEvent>of() : byKey.getOrDefault(key, List.of())) {
            if (!row.deleted()
                    && reading.admits(row, asOf)
                    && stands(row, window, asOf, reading.strict())
                    && !isTakenBack(row, window, asOf, reading)) {
                counting.add(row);
            }
        }
        counting.sort(order());
        return counting;
    }

    private boolean isTakenBack(RawEvent row, OracleWindow window, long asOf, OracleReading reading) {
        for (RawEvent other : accepted) {
            if (reading.admits(other, asOf)
                    && (hasRowId ? replaces(other, row, window, asOf) : cuts(other, row, asOf, reading.strict()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasNull(List<Object> values) {
        for (Object value : values) {
            if (value == null) {
                return true;
            }
        }
        return false;
    }
}
