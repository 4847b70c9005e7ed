package dev.asof.windows;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What comes to a {@link RandomView} in batches: out of order, late, more than once, with nulls, tombstones, corrections that
 * change key and time, and times within a microsecond of what its windows begin and end at.
 */
final class RandomHistory {

    /** Before which batch the rows come that were refused at first. */
    static final int REPLAYED_BEFORE = 3;

    private static final ZoneId ZONE = ZoneId.of(RandomView.ZONE);
    private static final long[] GAPS = {1, 30_000_000, 420_000_000, 3_600_000_000L, 18_000_000_000L, 93_600_000_000L};
    private static final List<String> TEXTS = List.of("a", "b", "", "\u00e9", "\ue000", "\ud83d\ude80", "A");

    /**
     * A row of a batch.
     *
     * @param isRefused whether it breaks the contract at first
     */
    record Sent(RawEvent event, boolean isRefused) {}

    /**
     * Rows that come together.
     *
     * @param at when, in microseconds
     */
    record Batch(long at, List<Sent> rows) {}

    private final RandomView view;
    private final Random random;
    private final List<Long> times = new ArrayList<>();
    private final List<Batch> batches = new ArrayList<>();
    private final List<RawEvent> events = new ArrayList<>();

    private RandomHistory(RandomView view, Random random) {
        this.view = view;
        this.random = random;
    }

    static RandomHistory of(RandomView view, Random random, Instant begin, int batches) {
        var history = new RandomHistory(view, random);
        long at = ChronoUnit.MICROS.between(Instant.EPOCH, begin) + random.nextInt(60_000_000);
        for (int i = 0; i < batches; i++) {
            history.times.add(at);
            at += GAPS[random.nextInt(GAPS.length)] + random.nextInt(1_000);
        }
        for (int i = 0; i < batches; i++) {
            history.addBatch(i);
        }
        return history;
    }

    List<Batch> batches() {
        return batches;
    }

    /** All rows, in order of acceptance. */
    List<RawEvent> events() {
        return events;
    }

    private void addBatch(int index) {
        var rows = new ArrayList<Sent>();
        long now = times.get(index);
        int size = 1 + random.nextInt(random.nextInt(4) == 0 ? 60 : 25);
        for (int i = 0; i < size; i++) {
            boolean isRefused = index < REPLAYED_BEFORE && random.nextInt(4) == 0;
            long known = isRefused ? times.get(REPLAYED_BEFORE) : now;
            var again = events.isEmpty() || random.nextInt(4) > 0 ? null : events.get(random.nextInt(events.size()));
            var event = again == null ? event(now, known) : correction(again, now, known);
            events.add(event);
            rows.add(new Sent(event, isRefused));
        }
        batches.add(new Batch(now, rows));
    }

    private RawEvent event(long now, long known) {
        var values = values();
        return event(values, time(now), known, values.get("id"));
    }

    /** The same row again: as it was, or with other values, another key or another time. */
    private RawEvent correction(RawEvent row, long now, long known) {
        var values = new HashMap<>(row.values());
        if (random.nextInt(4) > 0) {
            values.putAll(values());
        }
        if (random.nextBoolean()) {
            values.put("a", row.values().get("a"));
        }
        values.put("id", row.values().get("id"));
        return event(values, random.nextBoolean() ? row.time() : time(now), known, values.get("id"));
    }

    private RawEvent event(Map<String, Object> values, long time, long known, Object id) {
        var key = new ArrayList<Object>();
        view.keys().forEach(column -> key.add(values.get(column)));
        var ids = new ArrayList<Object>();
        if (view.hasRowId()) {
            ids.add(id);
        }
        return new RawEvent(key, values, time, events.size(), known, random.nextInt(12) == 0, ids);
    }

    private Map<String, Object> values() {
        var values = new HashMap<String, Object>();
        values.put("a", random.nextInt(15) == 0 ? null : "k" + random.nextInt(2));
        values.put("id", random.nextInt(10) == 0 ? null : "id" + random.nextInt(60));
        values.put("x", orNull(random.nextInt(9) == 0 ? Long.MAX_VALUE - random.nextInt(3) : random.nextInt(7) - 2L));
        values.put("i", orNull((long) random.nextInt(3) - 1));
        values.put("y", orNull(number()));
        values.put("f", orNull(random.nextInt(100) / 8.0));
        values.put(
                "s", orNull(random.nextInt(12) == 0 ? "\u00e9x".repeat(120) : TEXTS.get(random.nextInt(TEXTS.size()))));
        values.put("b", orNull(random.nextBoolean()));
        values.put(
                "t", orNull(Instant.parse("1969-12-31T23:59:59.999999Z").plusSeconds(random.nextInt(3) * 40_000_000L)));
        values.put("c", orNull("c" + random.nextInt(14)));
        return values;
    }

    private Object orNull(Object value) {
        return random.nextInt(6) == 0 ? null : value;
    }

    private double number() {
        return switch (random.nextInt(12)) {
            case 0 -> Double.NaN;
            case 1 -> -0.0;
            case 2 -> 0.0;
            case 3 -> 1e15 + random.nextInt(9) / 8.0;
            case 4 -> -1e15;
            default -> random.nextInt(2_000) / 7.0 - 100;
        };
    }

    /** A time up to now: around an edge of a window as of some batch, or some time before, or long ago. */
    private long time(long now) {
        for (int attempt = 0; attempt < 20; attempt++) {
            long time = anyTime(now);
            if (time <= now && isSendable(time)) {
                return time;
            }
        }
        return now;
    }

    private long anyTime(long now) {
        return switch (random.nextInt(12)) {
            case 0 -> now;
            case 1 -> -1 - random.nextInt(3) * 86_400_000_000L;
            case 2, 3 -> now - random.nextInt(600) * 1_000_000L;
            case 4, 5, 6 ->
                events.isEmpty()
                        ? now
                        : events.get(random.nextInt(events.size())).time();
            default -> edge(times.get(random.nextInt(times.size()))) + random.nextInt(3) - 1;
        };
    }

    /** The beginning or the end of one of the view's windows as of a time. */
    private long edge(long asOf) {
        var window = view.features()
                .get(random.nextInt(view.features().size()))
                .aggregate()
                .window();
        long end = window.floor(asOf - window.offset());
        if (window.steps() > 0) {
            return end - window.length() * random.nextInt(window.steps() + 1);
        }
        return random.nextBoolean() ? end : window.floor(asOf - window.offset() - window.length());
    }

    /** Local times that come twice can't be sent without their offset. */
    private boolean isSendable(long time) {
        var local = LocalDateTime.ofInstant(instant(time), ZONE);
        return !view.isLocal() || ZONE.getRules().getValidOffsets(local).size() == 1;
    }

    /** A time at which an answer is worth asking for: a batch's, an event's, or when an event leaves a window; or one beside. */
    long asOf() {
        var tombstones = events.stream().filter(RawEvent::deleted).toList();
        var some = tombstones.isEmpty() || random.nextInt(4) > 0 ? events : tombstones;
        var event = some.get(random.nextInt(some.size()));
        var window = view.features()
                .get(random.nextInt(view.features().size()))
                .aggregate()
                .window();
        long leaves = window.floor(event.time()) + window.length() * Math.max(1, window.steps()) + window.offset();
        long at = switch (random.nextInt(4)) {
            case 0 -> times.get(random.nextInt(times.size()));
            case 1 -> event.time();
            case 2 -> leaves;
            default -> leaves + window.hop();
        };
        return at + random.nextInt(3) - 1;
    }

    /** A row as JSON has it. */
    Map<String, Object> json(Sent row) {
        var json = new LinkedHashMap<String, Object>();
        Instant time = instant(row.event().time());
        json.put("at", view.isLocal() ? LocalDateTime.ofInstant(time, ZONE).toString() : time.toString());
        row.event().values().forEach((column, value) -> json.put(column, json(value)));
        json.put("bad", row.isRefused() ? 1 : 0);
        json.put("gone", row.event().deleted());
        return json;
    }

    private static Object json(Object value) {
        return switch (value) {
            case null -> null;
            case Double number when number.isNaN() -> "NaN";
            case Instant instant -> instant.toString();
            default -> value;
        };
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    static String text(long micros) {
        return instant(micros).atOffset(ZoneOffset.UTC).toInstant().toString();
    }
}
