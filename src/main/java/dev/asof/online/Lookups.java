package dev.asof.online;

/**
 * Lookups, whatever protocol they come by: each makes a request of what was sent, and writes the answer in its own form.
 */
public interface Lookups {

    /**
     * Answers a lookup in one round trip, at the time of the clock.
     *
     * @throws dev.asof.shared.AsofException when there is no such service or feature, the request doesn't fit it (with every
     *     violation, by paths such as {@code entities[3].card_id}), has too many rows, or neither store can answer now
     */
    LookupAnswer look(LookupRequest request);
}
