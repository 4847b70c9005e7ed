package dev.asof.materialization.tile;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import java.util.concurrent.atomic.AtomicLongArray;
import org.springframework.stereotype.Component;

/**
 * Which keys this server has lately published whole, so that it is worth a try to replace but a part of them. It forgets, and may
 * take a key for another: the online store knows better, and says when it wants a key whole.
 */
@Component
class KnownKeys {

    /** A power of two; each takes eight bytes. */
    private static final int PLACES = 1 << 18;

    private final AtomicLongArray places = new AtomicLongArray(PLACES);

    void add(RegisteredView view, EntityKey key) {
        long id = id(view, key);
        places.set(place(id), id);
    }

    boolean contains(RegisteredView view, EntityKey key) {
        long id = id(view, key);
        return places.get(place(id)) == id;
    }

    /** Never 0, which is in the places that nothing has taken. */
    private static long id(RegisteredView view, EntityKey key) {
        return view.id() << Integer.SIZE | Integer.toUnsignedLong(key.hashCode());
    }

    private static int place(long id) {
        return (int) ((id ^ id >>> Integer.SIZE) & PLACES - 1);
    }
}
