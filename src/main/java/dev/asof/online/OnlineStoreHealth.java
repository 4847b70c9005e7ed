package dev.asof.online;

import java.util.Set;

/** How the online store is, as this server sees it; at most a moment old and never asked for over the network. */
public interface OnlineStoreHealth {

    /** What lookups are answered from. */
    enum State {
        /** Redis holds every row that it should: lookups are answered from it. */
        COMPLETE,
        /** Redis answers, but lost rows that are being brought back: lookups are answered from Postgres. */
        INCOMPLETE,
        /** Redis does not answer: lookups are answered from Postgres. */
        UNREACHABLE
    }

    State state();

    /** What its processes do when they are full. One that isn't {@code noeviction} may lose rows unnoticed. */
    Set<String> evictionPolicies();
}
