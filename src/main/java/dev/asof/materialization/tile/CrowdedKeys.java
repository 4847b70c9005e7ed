package dev.asof.materialization.tile;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * Keys with so many rows that reading those of a minute again with each batch takes long: they have tiles of seconds (rule W8).
 * Each server finds out for itself.
 */
@Component
class CrowdedKeys {

    /** Rows of the last minute. */
    static final int CROWDED = 600;

    /** With fewer it is crowded no more. */
    static final int QUIET = CROWDED / 6;

    private static final int MOST = 10_000;

    private record Key(long view, EntityKey key) {}

    private final Set<Key> keys = ConcurrentHashMap.newKeySet();

    boolean contains(RegisteredView view, EntityKey key) {
        return !keys.isEmpty() && keys.contains(new Key(view.id(), key));
    }

    /** Whether there was room for it. */
    boolean add(RegisteredView view, EntityKey key) {
        return keys.size() < MOST && keys.add(new Key(view.id(), key));
    }

    void remove(RegisteredView view, EntityKey key) {
        if (keys.isEmpty()) {
            return;
        }
        keys.remove(new Key(view.id(), key));
    }

    void forget(long viewId) {
        keys.removeIf(key -> key.view() == viewId);
    }
}
