package dev.asof.windows;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sums over Chronon's sawtooth windows, worked out by hand from its published rule: a window W at T has the events of
 * {@code [floor(T - W), T)}, its tail floored to 5 minutes for W below 12 hours, to an hour below 12 days, to a day above. Each
 * event's value is another power of two, so that a sum tells which events are in it.
 */
final class SawtoothTable {

    /** A window with its hop, and its name in a definition. */
    record Case(String name, Duration length, Duration hop) {}

    static final List<Case> WINDOWS = List.of(
            new Case("1h", Duration.ofHours(1), Duration.ofMinutes(5)),
            new Case("11h", Duration.ofHours(11), Duration.ofMinutes(5)),
            new Case("12h", Duration.ofHours(12), Duration.ofHours(1)),
            new Case("11d", Duration.ofDays(11), Duration.ofHours(1)),
            new Case("12d", Duration.ofDays(12), Duration.ofDays(1)),
            new Case("30d", Duration.ofDays(30), Duration.ofDays(1)));

    /** The first is at the first as-of time, the others around what its windows reach back to. */
    static final List<Instant> EVENTS = List.of(
            Instant.parse("2026-03-08T07:33:20.123Z"),
            Instant.parse("2026-03-08T07:33:20.122Z"),
            Instant.parse("2026-03-08T06:33:20.123Z"),
            Instant.parse("2026-03-08T06:33:20.122Z"),
            Instant.parse("2026-03-08T06:30:00.000Z"),
            Instant.parse("2026-03-08T06:29:59.999Z"),
            Instant.parse("2026-03-07T20:30:00.000Z"),
            Instant.parse("2026-03-07T20:29:59.999Z"),
            Instant.parse("2026-03-07T19:00:00.000Z"),
            Instant.parse("2026-03-07T18:59:59.999Z"),
            Instant.parse("2026-02-25T07:00:00.000Z"),
            Instant.parse("2026-02-25T06:59:59.999Z"),
            Instant.parse("2026-02-24T00:00:00.000Z"),
            Instant.parse("2026-02-23T23:59:59.999Z"),
            Instant.parse("2026-02-06T00:00:00.000Z"),
            Instant.parse("2026-02-05T23:59:59.999Z"));

    /** The sums of {@link #WINDOWS}, by as-of time. */
    static final Map<Instant, List<Long>> SUMS = sums();

    private SawtoothTable() {}

    private static Map<Instant, List<Long>> sums() {
        var sums = new LinkedHashMap<Instant, List<Long>>();
        sums.put(Instant.parse("2026-03-08T07:33:20.123Z"), List.of(30L, 126L, 510L, 2046L, 8190L, 32766L));
        sums.put(Instant.parse("2026-03-08T07:33:20.124Z"), List.of(31L, 127L, 511L, 2047L, 8191L, 32767L));
        sums.put(Instant.parse("2026-03-08T07:34:59.999Z"), List.of(31L, 127L, 511L, 2047L, 8191L, 32767L));
        sums.put(Instant.parse("2026-03-08T07:35:00.000Z"), List.of(3L, 63L, 511L, 2047L, 8191L, 32767L));
        sums.put(Instant.parse("2026-03-08T23:59:59.999Z"), List.of(0L, 0L, 0L, 1023L, 8191L, 32767L));
        sums.put(Instant.parse("2026-03-09T00:00:00.000Z"), List.of(0L, 0L, 0L, 1023L, 4095L, 16383L));
        return sums;
    }
}
