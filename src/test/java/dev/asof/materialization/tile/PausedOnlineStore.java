package dev.asof.materialization.tile;

import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.online.Publication;
import dev.asof.online.Published;
import dev.asof.online.PublishedKey;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import java.time.Instant;
import java.util.Collection;

/** An online store in front of which something happens once, after what is written was read and before it is. */
final class PausedOnlineStore implements OnlineStore {

    private final OnlineStore store;
    private final Runnable meanwhile;
    private int writes;

    PausedOnlineStore(OnlineStore store, Runnable meanwhile) {
        this.store = store;
        this.meanwhile = meanwhile;
    }

    /** How often keys were written. */
    int writes() {
        return writes;
    }

    private void pause() {
        if (writes++ == 0) {
            meanwhile.run();
        }
    }

    @Override
    public Published publish(RegisteredView view, Publication publication, Collection<PublishedKey> keys) {
        pause();
        return store.publish(view, publication, keys);
    }

    @Override
    public Published patch(RegisteredView view, Publication publication, Collection<PublishedKey> keys) {
        pause();
        return store.patch(view, publication, keys);
    }

    @Override
    public OnlineRow pack(RegisteredView view, FeatureRow row) {
        return store.pack(view, row);
    }

    @Override
    public FencingTokens write(RegisteredView view, Collection<OnlineRow> rows) {
        return store.write(view, rows);
    }

    @Override
    public long sweep(RegisteredView view, Instant before) {
        return store.sweep(view, before);
    }

    @Override
    public void clear(long viewId) {
        store.clear(viewId);
    }
}
