package dev.asof.online;

import java.util.HashSet;
import java.util.Set;

/**
 * The marks of the processes that took rows. The rows are online as long as all of these processes are in service: one
 * that was replaced meanwhile may have taken them with it.
 *
 * @param tokens of {@link NodeMark#token()}
 */
public record WrittenUnder(Set<String> tokens) {

    /** No row was written. */
    public static final WrittenUnder NOTHING = new WrittenUnder(Set.of());

    public WrittenUnder {
        tokens = Set.copyOf(tokens);
    }

    public WrittenUnder and(WrittenUnder other) {
        if (tokens.containsAll(other.tokens)) {
            return this;
        }
        var all = new HashSet<>(tokens);
        all.addAll(other.tokens);
        return new WrittenUnder(all);
    }
}
