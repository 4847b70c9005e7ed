package dev.asof.online;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
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
     * Removes every row of a retired version. May take long.
     *
     * @param viewId of {@link RegisteredView#id()}
     */
    void clear(long viewId);
}
