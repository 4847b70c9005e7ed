package dev.asof.online;

import dev.asof.shared.EntityKey;
import java.util.HashSet;
import java.util.Set;

/**
 * What came of bringing keys online.
 *
 * @param tokens while the processes of these are in service, all but {@code again} is online
 * @param again keys that stand as they stood, and have to be read and published whole, under a later number
 */
public record Published(FencingTokens tokens, Set<EntityKey> again) {

    /** No key was written. */
    public static final Published NONE = new Published(FencingTokens.NONE, Set.of());

    public Published {
        again = Set.copyOf(again);
    }

    public Published and(Published other) {
        var both = new HashSet<>(again);
        both.addAll(other.again);
        return new Published(tokens.and(other.tokens), both);
    }
}
