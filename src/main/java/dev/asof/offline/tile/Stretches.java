package dev.asof.offline.tile;

import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A set of instants, as stretches apart from one another, in order; in microseconds since 1970.
 *
 * @param all none empty
 */
record Stretches(List<Stretch> all) {

    static final Stretches NONE = new Stretches(List.of());

    /** @param until the first microsecond after it */
    record Stretch(long from, long until) {

        boolean isEmpty() {
            return from >= until;
        }

        /** As Postgres writes a range. */
        String text() {
            return "[\"%s\",\"%s\")".formatted(instant(from), instant(until));
        }

        private static String instant(long micros) {
            return Timestamps.format(Timestamps.ofMicros(micros));
        }
    }

    Stretches {
        all = all.stream()
                .filter(stretch -> !stretch.isEmpty())
                .sorted(Comparator.comparingLong(Stretch::from))
                .toList();
    }

    static Stretches of(long from, long until) {
        return new Stretches(List.of(new Stretch(from, until)));
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    boolean contains(long from, long until) {
        return all.stream().anyMatch(stretch -> stretch.from() <= from && stretch.until() >= until);
    }

    /** Whether it holds all of the tile in which an instant is. */
    boolean containsTile(TileLevel level, long instant) {
        long start = level.floor(instant);
        return contains(start, start + level.micros());
    }

    boolean overlaps(Stretches others) {
        return others.all().stream()
                .anyMatch(other -> all.stream()
                        .anyMatch(stretch -> stretch.from() < other.until() && other.from() < stretch.until()));
    }

    /** What is left of a stretch without these. */
    Stretches gapsIn(Stretch within) {
        var gaps = new ArrayList<Stretch>();
        long from = within.from();
        for (Stretch stretch : all) {
            if (stretch.until() > from && stretch.from() < within.until()) {
                gaps.add(new Stretch(from, stretch.from()));
                from = stretch.until();
            }
        }
        gaps.add(new Stretch(from, within.until()));
        return new Stretches(gaps);
    }

    /** As Postgres writes a multirange. */
    String text() {
        return all.stream().map(Stretch::text).collect(Collectors.joining(",", "{", "}"));
    }
}
