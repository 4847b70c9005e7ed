package dev.asof.materialization;

import dev.asof.online.OnlineNodes;
import dev.asof.shared.BatchId;
import java.util.Collection;
import org.springframework.stereotype.Component;

/**
 * Reading one's own writes: the batches that this server acknowledged but could not bring online, until somebody has:
 * its lookups come from Postgres meanwhile, so that nobody who was told that a row is accepted misses it here.
 */
@Component
class UnpublishedBatches {

    private record Range(long first, long last) {

        static final Range NONE = new Range(Long.MAX_VALUE, 0);

        Range with(Collection<BatchId> batches) {
            var ids = batches.stream().mapToLong(BatchId::value).summaryStatistics();
            return new Range(Math.min(first, ids.getMin()), Math.max(last, ids.getMax()));
        }
    }

    private final OnlineOutbox outbox;
    private final OnlineNodes nodes;
    private Range range = Range.NONE;

    UnpublishedBatches(OnlineOutbox outbox, OnlineNodes nodes) {
        this.outbox = outbox;
        this.nodes = nodes;
    }

    synchronized void add(Collection<BatchId> batches) {
        range = range.with(batches);
        nodes.owing(true);
    }

    private synchronized Range range() {
        return range;
    }

    /** Finds out whether they are online by now. */
    void check() {
        Range asked = range();
        if (!asked.equals(Range.NONE) && !outbox.isOwed(new BatchId(asked.first()), new BatchId(asked.last()))) {
            forget(asked);
        }
    }

    private synchronized void forget(Range online) {
        if (range.equals(online)) {
            range = Range.NONE;
            nodes.owing(false);
        }
    }
}
