package dev.asof.online.row;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.EntityKey;
import org.jspecify.annotations.Nullable;

/** Which row to read: equal for the same view version and key. */
public record RowAddress(RegisteredView view, EntityKey key) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RowAddress address && view.id() == address.view.id() && key.equals(address.key);
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(view.id()) + key.hashCode();
    }
}
