package dev.asof.offline.tile;

import dev.asof.shared.EntityKey;
import dev.asof.transform.window.TileLevel;
import java.util.Comparator;

/**
 * Where a tile stands. In the order in which tiles are locked, the same in all servers.
 *
 * @param start in microseconds since 1970
 */
record Place(EntityKey key, TileLevel level, long start) implements Comparable<Place> {

    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::key).thenComparing(Place::level).thenComparingLong(Place::start);

    static Place of(EntityKey key, TileLevel level, long instant) {
        return new Place(key, level, level.floor(instant));
    }

    long until() {
        return start + level.micros();
    }

    boolean holds(Place other) {
        return key.equals(other.key) && start <= other.start && other.until() <= until();
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }
}
