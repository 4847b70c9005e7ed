package dev.asof.online;

import dev.asof.registry.FeatureSelection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

    /**
     * Answers a lookup of one row of features that are no service's.
     *
     * @param row join keys and request values, as they stood in the request
     * @throws dev.asof.shared.AsofException as above, with paths such as {@code entities[0].card_id}
     */
    LookupAnswer look(FeatureSelection features, Map<String, @Nullable Object> row);
}
