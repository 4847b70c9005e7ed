package dev.asof.online;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import java.time.Instant;
import java.util.Collection;

/** The online store as its writers see it. Rows of a retired version vanish by themselves. */
public interface OnlineStore {

    /** Packs a feature row as it will stand in Redis, so that it can wait there compactly. */
    OnlineRow pack(RegisteredView view, FeatureRow row);

    /**
     * Writes rows of one view version; of the rows of a key, written now or before, by whomever, the newest by
     * (event timestamp, row sequence) stays (rule I3). Rows must be due: an event ahead of the clock would be seen.
     *
     * @return while the processes of these tokens are in service, the rows are online
     * @throws dev.asof.shared.AsofException UNAVAILABLE when Redis did not take all of them; some may be written, and
     *     writing all again is harmless
     */
    FencingTokens write(RegisteredView view, Collection<OnlineRow> rows);

    /**
     * Replaces all that stands of some keys of a view with aggregates; of two publications of a key, in whatever order they
     * come and by whomever, the greater stays. A key without anything left stays known as such, so that an older publication
     * can't bring it back. Rows must be due.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when Redis did not take all of them; some may be written, and
     *     writing all again is harmless
     */
    Published publish(RegisteredView view, Publication publication, Collection<PublishedKey> keys);

    /**
     * Replaces some of the finest tiles of keys, each whole, and the newest row where one is given. For rows that were added:
     * where one was taken back or moved, its key has to be published whole. Of what stands there of a tile the greater
     * publication stays, as above.
     *
     * @param keys with nothing in their tiles but those of the finest level that changed
     * @return wanting again the keys of which there is nothing yet, those of whose tiles one is part of a coarser one by now,
     *     and those that were patched often
     * @throws dev.asof.shared.AsofException UNAVAILABLE as above
     */
    Published patch(RegisteredView view, Publication publication, Collection<PublishedKey> keys);

    /**
     * Removes the keys of a view with aggregates that were published before an instant, by the clock of who published them, and
     * have no newest row. What they hold has to be so old that no window reads it: who comes late with something older may bring
     * it back, and it is the same as nothing. May take long.
     *
     * @return how many
     */
    long sweep(RegisteredView view, Instant before);

    /**
     * Removes every row of a retired version. May take long.
     *
     * @param viewId of {@link RegisteredView#id()}
     */
    void clear(long viewId);
}
