package dev.asof.online;

import java.util.Optional;

/**
 * The mark by which a Redis is known to hold the rows of one offline store: absent on an empty one, another's on one
 * that belongs elsewhere.
 */
public interface StoreIdentity {

    /**
     * The mark this Redis carries; empty when it has none.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when Redis does not answer
     */
    Optional<String> read();

    /**
     * Marks this Redis, whatever mark it carried.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when Redis does not answer
     */
    void assign(String id);
}
