package dev.asof.materialization;

import dev.asof.materialization.OnlineOutbox.Owed;
import dev.asof.offline.SourceLog;
import dev.asof.online.FencingTokens;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.OutageLog;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Pays what batches still owe the online store: rows that fall due (rule T2), and rows of batches whose server died or
 * found the online store away (rule I1).
 */
@Component
class OnlineCatchUp {

    private static final Logger LOG = LoggerFactory.getLogger(OnlineCatchUp.class);
    private static final OutageLog STORE_AWAY = new OutageLog(LOG);
    private static final int BATCHES_AT_ONCE = 2_000;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final OnlineOutbox outbox;
    private final LeftOutCatchUp leftOut;
    private final ViewOutputs outputs;
    private final SourceLog log;
    private final Registry registry;
    private final TransactionTemplate transaction;
    private final Clock clock;

    OnlineCatchUp(
            OnlineOutbox outbox,
            LeftOutCatchUp leftOut,
            ViewOutputs outputs,
            SourceLog log,
            Registry registry,
            PlatformTransactionManager transactions,
            Clock clock) {
        this.outbox = outbox;
        this.leftOut = leftOut;
        this.outputs = outputs;
        this.log = log;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
    }

    /** Pays all that is due now. */
    void run() {
        Instant now = Timestamps.truncated(clock.instant());
        payUntilNone(now, now);
        leftOut.run(now);
    }

    /** Pays all there is, due or not: after a start, nobody else may know of it. */
    void runAll() {
        payUntilNone(Timestamps.truncated(clock.instant()), Timestamps.MAX);
    }

    private void payUntilNone(Instant now, Instant dueBy) {
        while (payRound(now, dueBy)) {
            LOG.debug("More batches owe the online store");
        }
    }

    /** Whether there may be more. */
    private boolean payRound(Instant now, Instant dueBy) {
        RegistrySnapshot snapshot = registry.current();
        List<Owed> due = outbox.due(dueBy, BATCHES_AT_ONCE, leftToOthers(snapshot));
        Map<SourceName, List<BatchId>> bySource = due.stream()
                .filter(owed -> owed.revision() <= snapshot.revision())
                .collect(Collectors.groupingBy(Owed::source, Collectors.mapping(Owed::batch, Collectors.toList())));
        boolean paid = true;
        for (var source : bySource.entrySet()) {
            paid &= pay(source.getKey(), source.getValue(), snapshot, now);
        }
        return paid && !bySource.isEmpty() && due.size() == BATCHES_AT_ONCE && dueBy.equals(now);
    }

    /** Sources with versions that only newer servers can bring online. */
    private static List<SourceName> leftToOthers(RegistrySnapshot snapshot) {
        return snapshot.sources().stream()
                .map(source -> source.definition().name())
                .filter(source -> !snapshot.canTake(source))
                .toList();
    }

    /** A source of its own, so that one that fails holds up no other. */
    private boolean pay(SourceName source, List<BatchId> batches, RegistrySnapshot snapshot, Instant now) {
        try {
            transaction.executeWithoutResult(_ -> payLocked(source, outbox.lock(batches), snapshot, now));
            return true;
        } catch (AsofException | DataAccessException | TransactionException e) {
            STORE_AWAY.met("{} batches of {} are still not online: {}", batches.size(), source, e.getMessage());
            outbox.retry(batches, now.plus(RETRY_AFTER));
            return false;
        }
    }

    private void payLocked(SourceName source, List<Owed> owed, RegistrySnapshot snapshot, Instant now) {
        if (owed.isEmpty()) {
            return;
        }
        Map<Optional<Instant>, List<BatchId>> stretches = owed.stream()
                .collect(Collectors.groupingBy(
                        Owed::writtenThrough, Collectors.mapping(Owed::batch, Collectors.toList())));
        FencingTokens written = FencingTokens.NONE;
        for (RegisteredView view : snapshot.liveViews(source)) {
            ViewOutput output = outputs.of(view, snapshot.source(source));
            for (var stretch : stretches.entrySet()) {
                written = written.and(output.bringOnline(stretch.getValue(), stretch.getKey(), now));
            }
        }
        if (!outbox.isOnline(written)) {
            throw new AsofException(ErrorCode.UNAVAILABLE, "The online store was replaced meanwhile");
        }
        settle(snapshot, source, owed.stream().map(Owed::batch).toList(), written, now);
    }

    private void settle(
            RegistrySnapshot snapshot, SourceName source, List<BatchId> batches, FencingTokens written, Instant now) {
        var next = log.nextEvents(snapshot.source(source), batches, now);
        var done = new ArrayList<>(batches);
        done.removeAll(next.keySet());
        outbox.done(done, written);
        next.forEach((batch, dueAt) -> outbox.postpone(List.of(batch), written, now, dueAt));
    }
}
