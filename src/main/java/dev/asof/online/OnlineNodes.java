package dev.asof.online;

import java.util.List;
import java.util.Set;

/**
 * The Redis processes that hold the online store: whether they hold what they should is kept in them, by marks that
 * whoever brings rows online sets and lookups check.
 *
 * <p>All methods throw {@link dev.asof.shared.AsofException} UNAVAILABLE when a process does not answer, unless they
 * say otherwise.
 */
public interface OnlineNodes {

    /** Every process that takes writes, as it is now; UNAVAILABLE too when there is only a replica, or data being read. */
    List<OnlineNode> inspect();

    /** Says that a process is about to be brought what it lacks, and forgets its checkpoint if it has to get everything. */
    void markHealing(OnlineNode node, NodeMark mark, boolean fromScratch);

    /** Says that a process holds everything, unless its mark is no longer the one given. */
    void markComplete(OnlineNode node, NodeMark healing);

    /** Leaves a text in a process's data, unless its mark is no longer the one given. */
    void checkpoint(OnlineNode node, NodeMark complete, String text);

    /**
     * Tells which processes are in service according to Postgres: lookups trust no others, except later ones. Never
     * fails.
     *
     * @param tokens of {@link NodeMark#token()}
     */
    void inService(String store, long generation, Set<String> tokens);

    /**
     * Tells whether this server owes the online store rows that it acknowledged and could not write: until they are
     * online, its lookups don't miss them. Never fails.
     */
    void owing(boolean owes);
}
