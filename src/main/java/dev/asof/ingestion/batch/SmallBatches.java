package dev.asof.ingestion.batch;

import dev.asof.formats.RowFormat;
import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.Published;
import dev.asof.ingestion.batch.BatchTransaction.Committed;
import dev.asof.ingestion.batch.IdempotencyKeys.Claim;
import dev.asof.ingestion.batch.IdempotencyKeys.Outcome;
import dev.asof.ingestion.contract.ContractReaders;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.OutageLog;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Group commit: small batches that arrive while another transaction of their source commits go into the next one
 * together, each still a batch with its own id, idempotency key and answer. The first request to get its source's turn
 * commits for all that wait, so that a lone request waits for nobody.
 */
@Component
class SmallBatches {

    private static final OutageLog POSTGRES_AWAY = new OutageLog(LoggerFactory.getLogger(SmallBatches.class));
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
        private final Optional<Claim> claim;
        private final CompletableFuture<Receipt> receipt = new CompletableFuture<>();
        private Prepared prepared;

        /** Whether some request commits it; guarded by the turn's lock. */
        private boolean taken;

        private Waiting(RowFormat format, ReceivedBody body, Optional<Claim> claim, Prepared prepared) {
            this.format = format;
            this.body = body;
            this.claim = claim;
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

    /** What a transaction makes of a group; it holds once the transaction has committed. */
    private record Stored(
            Map<Waiting, BatchAnswer> accepted,
            Map<Waiting, BatchAnswer> repeated,
            Map<Waiting, RuntimeException> refused) {

        private Stored() {
            this(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        }
    }

    private final Registry registry;
    private final ContractReaders readers;
    private final IdempotencyKeys keys;
    private final IngestionMetrics metrics;
    private final BatchTransaction transaction;
    private final Clock clock;
    private final Map<SourceName, Turn> turns = new ConcurrentHashMap<>();

    SmallBatches(
            Registry registry,
            ContractReaders readers,
            IdempotencyKeys keys,
            IngestionMetrics metrics,
            BatchTransaction transaction,
            Clock clock) {
        this.registry = registry;
        this.readers = readers;
        this.keys = keys;
        this.metrics = metrics;
        this.transaction = transaction;
        this.clock = clock;
    }

    Receipt accept(SourceName source, RowFormat format, ReceivedBody body, Optional<Claim> claim) {
        Prepared prepared;
        try {
            prepared = prepare(registry.current(), source, format, body);
        } catch (AsofException refused) {
            return new Receipt(acceptedBefore(claim, refused), false);
        }
        var mine = new Waiting(format, body, claim, prepared);
        Turn turn = turns.computeIfAbsent(source, _ -> new Turn());
        turn.waiting.add(mine);
        takeTurns(source, turn, mine);
        try {
            return mine.receipt.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** What was accepted under a key has its first answer, though its source would refuse it now. */
    private BatchAnswer acceptedBefore(Optional<Claim> claim, AsofException refused) {
        return switch (claim.flatMap(key -> keys.before(key, now())).orElseGet(() -> new Outcome.Refused(refused))) {
            case Outcome.Repeated(BatchAnswer answer) -> answer;
            case Outcome.Refused(AsofException why) -> throw why;
            case Outcome.First() -> throw refused;
        };
    }

    /** Commits group after group until somebody, maybe this request, has taken this request's batch. */
    private void takeTurns(SourceName source, Turn turn, Waiting mine) {
        for (boolean taken = false; !taken; ) {
            Committed<Stored> committed;
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

    /** No two of the same key: once the first has committed, the other finds its answer. */
    private static List<Waiting> nextGroup(Turn turn) {
        var group = new ArrayList<Waiting>();
        var claimed = new HashSet<IdempotencyKeys.Id>();
        var later = new ArrayList<Waiting>();
        for (Waiting next = turn.waiting.poll(); next != null; next = turn.waiting.poll()) {
            if (next.claim.isPresent() && !claimed.add(next.claim.get().id())) {
                later.add(next);
                continue;
            }
            next.taken = true;
            group.add(next);
            if (group.size() == GROUP_BATCHES) {
                break;
            }
        }
        turn.waiting.addAll(later);
        return group;
    }

    /** Never throws, so that no batch of the group is left without an answer. */
    private @Nullable Committed<Stored> commit(SourceName source, List<Waiting> group) {
        try {
            return transaction.commit(scope -> store(scope.open(source, BatchKind.PUSH), group));
        } catch (RuntimeException | Error e) {
            if (group.size() > 1 && isOfRows(e)) {
                group.forEach(alone -> publish(commit(source, List.of(alone))));
            } else {
                group.forEach(failed -> failed.receipt.completeExceptionally(e));
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

    private Stored store(OpenBatches batches, List<Waiting> group) {
        var stored = new Stored();
        List<Waiting> fresh = claim(batches, group, stored);
        if (fresh.isEmpty()) {
            return stored;
        }
        var writer = batches.writer();
        List<BatchId> ids = batches.begin(
                fresh.stream().map(waiting -> waiting.prepared.tally()).toList());
        for (int i = 0; i < ids.size(); i++) {
            BatchId batch = ids.get(i);
            Prepared prepared = fresh.get(i).prepared;
            prepared.rows().forEach(row -> {
                writer.add(batch, row);
                writer.storeIfFull();
            });
            stored.accepted()
                    .put(fresh.get(i), prepared.tally().answer(batch, OnlineState.PENDING, prepared.ignoredColumns()));
        }
        writer.cut().store();
        keys.answer(ofClaims(stored.accepted()));
        return stored;
    }

    /** Those of a group that are to be stored; the others have an answer already, or are refused. */
    private List<Waiting> claim(OpenBatches batches, List<Waiting> group, Stored stored) {
        List<Waiting> current = group.stream()
                .filter(waiting -> isCurrent(waiting, batches, stored))
                .toList();
        var outcomes = keys.claim(
                current.stream().flatMap(waiting -> waiting.claim.stream()).toList(), batches.now());
        return current.stream()
                .filter(waiting -> switch (waiting.claim.map(outcomes::get).orElseGet(Outcome.First::new)) {
                    case Outcome.First() -> true;
                    case Outcome.Repeated(BatchAnswer answer) -> {
                        stored.repeated().put(waiting, answer);
                        yield false;
                    }
                    case Outcome.Refused(AsofException why) -> {
                        stored.refused().put(waiting, why);
                        yield false;
                    }
                })
                .toList();
    }

    /** Reads a batch again if its source changed since; one refused now drops out of its group. */
    private boolean isCurrent(Waiting waiting, OpenBatches batches, Stored stored) {
        RegisteredSource source = batches.source();
        if (waiting.prepared.source() == source && waiting.prepared.views().equals(batches.views())) {
            return true;
        }
        try {
            waiting.prepared = prepare(batches.snapshot(), source.definition().name(), waiting.format, waiting.body);
            return true;
        } catch (AsofException refused) {
            try {
                stored.repeated().put(waiting, acceptedBefore(waiting.claim, refused));
            } catch (AsofException why) {
                stored.refused().put(waiting, why);
            }
        } catch (RuntimeException unreadable) {
            stored.refused().put(waiting, unreadable);
        }
        return false;
    }

    private void publish(@Nullable Committed<Stored> committed) {
        if (committed == null) {
            return;
        }
        var stored = committed.result();
        var accepted = stored.accepted();
        try (committed) {
            Published published = committed.publish();
            accepted.replaceAll((_, answer) -> answer.with(published.of(new BatchId(answer.batchId()))));
            keepAnswers(ofClaims(accepted), published.reached());
        } finally {
            accepted.forEach((waiting, answer) -> waiting.receipt.complete(new Receipt(answer, true)));
            stored.repeated().forEach((waiting, answer) -> waiting.receipt.complete(new Receipt(answer, false)));
            stored.refused().forEach((waiting, why) -> waiting.receipt.completeExceptionally(why));
        }
    }

    /** The batches are accepted, so nothing that fails now may say otherwise. */
    private void keepAnswers(Map<Claim, BatchAnswer> answers, boolean isOnline) {
        if (answers.isEmpty()) {
            return;
        }
        try {
            if (isOnline) {
                keys.answerAgain(answers);
            }
            keys.forgetSome(clock.instant());
        } catch (DataAccessException e) {
            POSTGRES_AWAY.met(
                    "{} idempotency keys keep saying that their batch is pending: {}", answers.size(), e.getMessage());
        }
    }

    private static Map<Claim, BatchAnswer> ofClaims(Map<Waiting, BatchAnswer> answers) {
        var ofClaims = new LinkedHashMap<Claim, BatchAnswer>();
        answers.forEach((waiting, answer) -> waiting.claim.ifPresent(claim -> ofClaims.put(claim, answer)));
        return ofClaims;
    }

    private Instant now() {
        return Timestamps.truncated(clock.instant());
    }

    private Prepared prepare(RegistrySnapshot snapshot, SourceName name, RowFormat format, ReceivedBody body) {
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
