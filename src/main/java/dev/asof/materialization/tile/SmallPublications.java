package dev.asof.materialization.tile;

import dev.asof.materialization.tile.KeyPublisher.Brought;
import dev.asof.offline.TouchedKeys;
import dev.asof.offline.TouchedKeys.RowId;
import dev.asof.online.FencingTokens;
import dev.asof.shared.EntityKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.stereotype.Component;

/**
 * Has transactions that committed while a view's keys were brought online go together into the next publication: a key that all
 * of them touch is read and written once. The first to get the turn publishes for all that wait, so that one alone waits for
 * nobody.
 */
@Component
public class SmallPublications {

    private static final int KEYS_AT_ONCE = 2_000;

    private static final class Turn {
        private final ReentrantLock lock = new ReentrantLock();
        private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    }

    private static final class Waiting {
        private final TouchedRows rows;
        private final CompletableFuture<FencingTokens> written = new CompletableFuture<>();

        private Waiting(TouchedRows rows) {
            this.rows = rows;
        }
    }

    private final KeyPublisher publisher;
    private final TouchedKeys touched;
    private final Map<Long, Turn> turns = new ConcurrentHashMap<>();

    SmallPublications(KeyPublisher publisher, TouchedKeys touched) {
        this.publisher = publisher;
        this.touched = touched;
    }

    /** Brings online what a transaction that has committed touched. */
    public FencingTokens publish(AggregatedView program, TouchedRows rows) {
        var mine = new Waiting(rows);
        Turn turn = turns.computeIfAbsent(program.view().id(), _ -> new Turn());
        turn.waiting.add(mine);
        while (!mine.written.isDone()) {
            turn.lock.lock();
            try {
                if (!mine.written.isDone()) {
                    publishTogether(program, next(turn));
                }
            } finally {
                turn.lock.unlock();
            }
        }
        try {
            return mine.written.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static List<Waiting> next(Turn turn) {
        var together = new ArrayList<Waiting>();
        int keys = 0;
        for (var next = turn.waiting.peek(); next != null && keys < KEYS_AT_ONCE; next = turn.waiting.peek()) {
            together.add(turn.waiting.remove());
            keys += next.rows.keys().size() + next.rows.ids().size();
        }
        return together;
    }

    /** Never throws, so that none is left without an answer. */
    private void publishTogether(AggregatedView program, List<Waiting> together) {
        try {
            Map<EntityKey, Long> keys = new HashMap<>();
            List<RowId> ids = new ArrayList<>();
            for (Waiting each : together) {
                each.rows.keys().forEach((key, from) -> keys.merge(key, from, Math::min));
                ids.addAll(each.rows.ids());
            }
            touched.replaced(program.view(), ids, key -> keys.put(key, TouchedRows.WHOLE));
            Brought brought = publisher.publishTouched(program, keys);
            together.forEach(each -> each.written.complete(brought.written()));
        } catch (RuntimeException | Error e) {
            together.forEach(each -> each.written.completeExceptionally(e));
        }
    }

    /** Of a version that is retired. */
    public void forget(long viewId) {
        turns.remove(viewId);
        publisher.forget(viewId);
    }
}
