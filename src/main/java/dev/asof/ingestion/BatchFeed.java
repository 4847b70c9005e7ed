package dev.asof.ingestion;

import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The accepted batches, to be followed: an outbox that is written with each batch's own transaction. Every batch is given
 * once to every follower, in the order of ids, whenever it committed; none appears later before one that was given.
 * Therefore a batch is given only once nothing before it can be in flight any more: some seconds after its commit, and
 * later while a transaction that writes is long.
 */
public interface BatchFeed {

    /** How many batches are given at once at most. */
    int MOST = 1_000;

    /**
     * A batch that has committed.
     *
     * @param kind empty when an earlier server accepted it, or one that runs beside newer ones
     * @param acceptedAt when it was begun; times are not in the order of ids
     * @param accepted rows in the log; 0 when all were refused
     * @param quarantined rows that were refused
     */
    record AcceptedBatch(
            BatchId id,
            SourceName source,
            Optional<BatchKind> kind,
            Instant acceptedAt,
            long accepted,
            long quarantined) {}

    /**
     * Gives a follower the next batches, in order, and moves its position behind them, in the caller's transaction: what it
     * makes of them commits with the position, and if it is rolled back they are given again. A follower that is new begins
     * with the oldest batch, and waits for another transaction that begins with the same name. Batches of a source that was deleted since are not given.
     *
     * @param follower its name, the same for ever
     * @param limit from 1 to {@link #MOST}
     * @return empty when there is none yet, or another transaction is at the follower's work
     * @throws IllegalStateException outside of a transaction, where a batch would be lost with its follower
     */
    List<AcceptedBatch> next(String follower, int limit);
}
