package dev.asof.online.redis;

import dev.asof.online.NodeMark;
import java.util.Set;

/**
 * The Redis processes in service by their fencing tokens, as far as this server heard from Postgres. A process that
 * carries its own mark may still have been replaced, when it hung or was cut off but never restarted.
 *
 * @param tokens of the marks of those in service
 * @param owing whether this server has acknowledged rows that it could not bring online, and nobody has since
 */
record NodesInService(String store, long generation, Set<String> tokens, boolean owing) {

    /** Before anything was heard. */
    static final NodesInService NONE = new NodesInService("", Long.MAX_VALUE, Set.of(), false);

    NodesInService owing(boolean owes) {
        return new NodesInService(store, generation, tokens, owes);
    }

    boolean isHeard() {
        return !store.isEmpty();
    }

    /** Whether a process with this mark is in service, or was taken into service since. */
    boolean allow(NodeMark mark) {
        return mark.store().equals(store) && (mark.generation() > generation || tokens.contains(mark.token()));
    }
}
