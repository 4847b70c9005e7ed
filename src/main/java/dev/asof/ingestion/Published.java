package dev.asof.ingestion;

import dev.asof.shared.BatchId;
import java.util.Set;

/**
 * What became of a transaction's batches online (rule I1).
 *
 * @param reached whether all rows that are due are in the online store
 * @param ahead the batches with rows ahead of the clock
 */
public record Published(boolean reached, Set<BatchId> ahead) {

    /** No row had to go there. */
    public static final Published NOTHING = new Published(true, Set.of());

    public Published {
        ahead = Set.copyOf(ahead);
    }

    /** Of one batch. */
    public OnlineState of(BatchId batch) {
        return state(ahead.contains(batch));
    }

    /** Of all of them together. */
    public OnlineState ofAll() {
        return state(!ahead.isEmpty());
    }

    private OnlineState state(boolean isAhead) {
        if (!reached) {
            return OnlineState.PENDING;
        }
        return isAhead ? OnlineState.SCHEDULED : OnlineState.APPLIED;
    }
}
