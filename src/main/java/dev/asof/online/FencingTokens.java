package dev.asof.online;

import java.util.HashSet;
import java.util.Set;

/**
 * The fencing tokens of the Redis processes that took rows. The rows are online as long as all of these processes are
 * in service: one that was replaced meanwhile may have taken them with it.
 *
 * @param tokens of {@link NodeMark#token()}
 */
public record FencingTokens(Set<String> tokens) {

    /** No row was written. */
    public static final FencingTokens NONE = new FencingTokens(Set.of());

    public FencingTokens {
        tokens = Set.copyOf(tokens);
    }

    public FencingTokens and(FencingTokens other) {
        if (tokens.containsAll(other.tokens)) {
            return this;
        }
        var all = new HashSet<>(tokens);
        all.addAll(other.tokens);
        return new FencingTokens(all);
    }
}
