package dev.asof.ingestion;

import dev.asof.ingestion.BatchTransaction.Committed;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Group commit: small batches that arrive while another transaction of their source commits go into the next one
 * together, each still a batch with its own id and answer. The first request to get its source's turn commits for all
 * that wait, so that a lone request waits for nobody.
 */
@Component
class SmallBatches {

    private static final int GROUP_BATCHES = 256;

    /** SQL states of data, constraints and limits. */
    private static final Set<String> OF_ROWS = Set.of("22", "23", "54");

    /** The batches of a source that wait for their turn. */
    private static final class Turn {
        private final ReentrantLock lock = new ReentrantLock();
        private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    }

    /** A batch read and checked, and what it becomes. */
    private static final class Waiting {
        private final RowFormat format;
        private final ReceivedBody body;
        private final CompletableFuture<BatchAnswer> answer = new CompletableFuture<>();
        private Prepared prepared;

        /** Whether some request commits it; guarded by the turn's lock. */
        private boolean taken;

        private Waiting(RowFormat format, ReceivedBody body, Prepared prepared) {
            this.format = format;
            this.body = body;
            this.prepared = prepared;
        }
    }

    /** A body's rows, held to the contract as it was in a snapshot. */
    private record Prepared(
            RegisteredSource source,
            List<RegisteredView> views,
            List<IncomingRow> rows,
            BatchTally tally,
            List<String> ignoredColumns) {}

    private final Registry registry;
    private final ContractReaders readers;
    private final IngestionMetrics metrics;
    private final BatchTransaction transaction;
    private final Map<SourceName, Turn> turns = new ConcurrentHashMap<>();

    SmallBatches(
            Registry registry, ContractReaders readers, IngestionMetrics metrics, BatchTransaction transaction) {
        this.registry = registry;
        this.readers = readers;
        this.metrics = metrics;
        this.transaction = transaction;
    }

    BatchAnswer accept(SourceName source, RowFormat format, ReceivedBody body) {
        var mine = new Waiting(format, body, prepare(registry.current(), source, format, body));
        Turn turn = turns.computeIfAbsent(source, _ -> new Turn());
        turn.waiting.add(mine);
        takeTurns(source, turn, mine);
        try {
            return mine.answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Commits group after group until somebody, maybe this request, has taken this request's batch. */
    private void takeTurns(SourceName source, Turn turn, Waiting mine) {
        for (boolean taken = false; !taken; ) {
            Committed<Map<Waiting, BatchAnswer>> committed;
            turn.lock.lock();
            try {
                if (mine.taken) {
                    return;
                }
                List<Waiting> group = nextGroup(turn);
                taken = mine.taken;
                committed = commit(source, group);
            } finally {
                turn.lock.unlock();
            }
            publish(committed);
        }
    }

    private static List<Waiting> nextGroup(Turn turn) {
        var group = new ArrayList<Waiting>();
        while (group.size() < GROUP_BATCHES && turn.waiting.peek() != null) {
            Waiting next = turn.waiting.remove();
            next.taken = true;
            group.add(next);
        }
        return group;
    }

    /** Never throws, so that no batch of the group is left without an answer. */
    private @Nullable Committed<Map<Waiting, BatchAnswer>> commit(SourceName source, List<Waiting> group) {
        try {
            return transaction.commit(scope -> store(scope.open(source), group));
        } catch (RuntimeException | Error e) {
            if (group.size() > 1 && isOfRows(e)) {
                group.forEach(alone -> publish(commit(source, List.of(alone))));
            } else {
                group.forEach(failed -> failed.answer.completeExceptionally(e));
            }
            return null;
        }
    }

    /** Whether Postgres refused something in the rows; then only the batch that holds it fails. */
    private static boolean isOfRows(Throwable e) {
        return e instanceof DataAccessException refused
                && refused.getMostSpecificCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && OF_ROWS.contains(cause.getSQLState().substring(0, 2));
    }

    private Map<Waiting, BatchAnswer> store(OpenBatches batches, List<Waiting> group) {
        var writer = batches.writer();
        List<Waiting> current =
                group.stream().filter(waiting -> isCurrent(waiting, batches)).toList();
        List<BatchId> ids = batches.begin(
                current.stream().map(waiting -> waiting.prepared.tally()).toList());
        var answers = new LinkedHashMap<Waiting, BatchAnswer>();
        for (int i = 0; i < ids.size(); i++) {
            BatchId batch = ids.get(i);
            Prepared prepared = current.get(i).prepared;
            prepared.rows().forEach(row -> writer.add(batch, row));
            answers.put(
                    current.get(i),
                    prepared.tally().answer(batch, OnlineState.PENDING, prepared.ignoredColumns()));
        }
        writer.cut().store();
        return answers;
    }

    /** Reads a batch again if its source changed since; one refused now drops out of its group. */
    private boolean isCurrent(Waiting waiting, OpenBatches batches) {
        RegisteredSource source = batches.source();
        if (waiting.prepared.source() == source && waiting.prepared.views().equals(batches.views())) {
            return true;
        }
        try {
            waiting.prepared =
                    prepare(batches.snapshot(), source.definition().name(), waiting.format, waiting.body);
            return true;
        } catch (RuntimeException refused) {
            waiting.answer.completeExceptionally(refused);
            return false;
        }
    }

    private static void publish(@Nullable Committed<Map<Waiting, BatchAnswer>> committed) {
        if (committed == null) {
            return;
        }
        OnlineState state = OnlineState.PENDING;
        try (committed) {
            state = committed.publish();
        } finally {
            for (var answer : committed.result().entrySet()) {
                answer.getKey().answer.complete(answer.getValue().with(state));
            }
        }
    }

    private Prepared prepare(
            RegistrySnapshot snapshot, SourceName name, RowFormat format, ReceivedBody body) {
        RegisteredSource source = snapshot.source(name);
        List<RegisteredView> views = snapshot.liveViews(name);
        var rows = new ArrayList<IncomingRow>();
        var tally = new BatchTally();
        try (var in = readers.open(format, body.open(), source, views)) {
            for (IncomingRow row = in.next(); row != null; row = in.next()) {
                tally.count(row);
                rows.add(row);
            }
            metrics.judge(tally, source.definition());
            return new Prepared(source, views, rows, tally, in.ignoredColumns());
        }
    }
}
