package dev.asof.materialization.tile;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.TileLevel;
import dev.asof.transform.window.TilePlan;
import java.time.Instant;

/** What is kept of keys that are published at one instant: of crowded ones, tiles of seconds. */
final class KeyPlans {

    private static final TileLevel[] LEVELS = TileLevel.values();

    private static final long MINUTE = TileLevel.MINUTE.micros();

    private final AggregatedView view;
    private final CrowdedKeys crowded;
    private final long now;
    private final TilePlan usual;
    private final TilePlan ofCrowded;

    KeyPlans(AggregatedView view, CrowdedKeys crowded, Instant now) {
        this.view = view;
        this.crowded = crowded;
        this.now = Timestamps.toMicros(now);
        this.usual = view.plan(now, view.finest());
        this.ofCrowded =
                view.allowsSeconds() && view.finest() != TileLevel.SECOND ? view.plan(now, TileLevel.SECOND) : usual;
    }

    RegisteredView view() {
        return view.view();
    }

    TilePlan of(EntityKey key) {
        return crowded.contains(view(), key) ? ofCrowded : usual;
    }

    /** What has to be read of whole keys: plans differ in their finest tiles alone, which are made of rows. */
    TilePlan ofWholeKeys() {
        return usual;
    }

    /** Whether an event is in a tile that may be replaced alone: what is before is in a coarser one too, what is after isn't due. */
    boolean isOpen(EntityKey key, long event) {
        var coarser = LEVELS[of(key).closed().finest().ordinal() + 1];
        return event >= coarser.floor(now) && event <= now;
    }

    /** Where the tile begins that such an event is in. */
    long beginning(EntityKey key, long event) {
        return of(key).closed().finest().floor(event);
    }

    /** Whether an event counts for how crowded a key is. */
    boolean isRecent(long event) {
        return event > now - MINUTE;
    }

    /**
     * Takes note of how many recent rows a key has.
     *
     * @param isWhole whether all its rows were read
     * @return whether it is crowded, and was made tiles of as if it weren't
     */
    boolean found(EntityKey key, int recent, boolean isWhole) {
        if (ofCrowded == usual) {
            return false;
        }
        if (isWhole && recent < CrowdedKeys.QUIET) {
            crowded.remove(view(), key);
        }
        return recent >= CrowdedKeys.CROWDED && crowded.add(view(), key);
    }
}
