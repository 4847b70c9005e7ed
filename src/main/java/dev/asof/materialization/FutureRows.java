package dev.asof.materialization;

import dev.asof.shared.BatchId;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The rows ahead of the clock among those of a transaction's batches: online only when they fall due (rule T2). */
final class FutureRows {

    private final Instant now;

    /** When the next row of a batch falls due. */
    private final Map<BatchId, Instant> nextDue = new HashMap<>();

    FutureRows(Instant now) {
        this.now = now;
    }

    /** Of the batches: what is later is ahead. */
    Instant now() {
        return now;
    }

    /** Takes a row's event if it is ahead; of one that isn't, which it leaves, the row may go online. */
    boolean take(BatchId batch, Instant event) {
        if (!event.isAfter(now)) {
            return false;
        }
        nextDue.merge(batch, event, (one, other) -> one.isBefore(other) ? one : other);
        return true;
    }

    /** The batches that have such rows. */
    Set<BatchId> batches() {
        return nextDue.keySet();
    }

    /** When the first falls due; from then on each batch's record tells of its own rows. */
    Instant firstDue() {
        return Collections.min(nextDue.values());
    }
}
