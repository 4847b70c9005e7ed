package dev.asof.materialization;

import dev.asof.materialization.tile.LeftOutRows;
import dev.asof.materialization.tile.LeftOutRows.LeftOut;
import dev.asof.offline.SourceLog;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.OutageLog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/** Brings keys online again once rows fall due that somebody left out of them (rule T2). */
@Component
class LeftOutCatchUp {

    private static final Logger LOG = LoggerFactory.getLogger(LeftOutCatchUp.class);
    private static final OutageLog STORE_AWAY = new OutageLog(LOG);
    private static final int AT_ONCE = 2_000;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    /** By then every server knows of a version, or knows that it is retired. */
    private static final Duration UNKNOWN_FOR = Duration.ofMinutes(10);

    private final LeftOutRows leftOut;
    private final ViewOutputs outputs;
    private final OnlineOutbox outbox;
    private final SourceLog log;
    private final Registry registry;
    private final TransactionTemplate transaction;
    private Instant notBefore = Instant.MIN;

    LeftOutCatchUp(
            LeftOutRows leftOut,
            ViewOutputs outputs,
            OnlineOutbox outbox,
            SourceLog log,
            Registry registry,
            PlatformTransactionManager transactions) {
        this.leftOut = leftOut;
        this.outputs = outputs;
        this.outbox = outbox;
        this.log = log;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** Brings what is due at an instant. */
    synchronized void run(Instant now) {
        if (now.isBefore(notBefore)) {
            return;
        }
        RegistrySnapshot snapshot = registry.current();
        leftOut.due(now, AT_ONCE).stream()
                .collect(Collectors.groupingBy(LeftOut::viewId))
                .forEach((view, due) -> bring(view, due, snapshot, now));
    }

    private void bring(long viewId, List<LeftOut> due, RegistrySnapshot snapshot, Instant now) {
        Optional<RegisteredView> view = snapshot.liveViews().stream()
                .filter(live -> live.id() == viewId)
                .findFirst();
        if (view.isEmpty()) {
            forget(viewId, due, snapshot, now);
            return;
        }
        if (!(outputs.of(view.get(), snapshot.source(view.get().source())) instanceof TilesOutput output)) {
            return;
        }
        try {
            transaction.executeWithoutResult(_ -> bring(view.get(), output, due, snapshot, now));
        } catch (AsofException | DataAccessException | TransactionException e) {
            STORE_AWAY.met(
                    "Rows that are due of {} are not online: {}", view.get().version(), e.getMessage());
            notBefore = now.plus(RETRY_AFTER);
        }
    }

    private void bring(
            RegisteredView view, TilesOutput output, List<LeftOut> due, RegistrySnapshot snapshot, Instant now) {
        List<BatchId> batches = due.stream().map(LeftOut::batch).toList();
        Optional<Instant> after = due.stream().map(LeftOut::after).min(Instant::compareTo);
        var brought = output.bring(batches, after, now);
        if (!outbox.isOnline(brought.written())) {
            throw new AsofException(ErrorCode.UNAVAILABLE, "The online store was replaced meanwhile");
        }
        var next = log.nextEvents(snapshot.source(view.source()), batches, now);
        var done = new ArrayList<>(batches);
        done.removeAll(next.keySet());
        leftOut.done(view.id(), done, brought.publication());
        next.forEach((batch, dueAt) -> leftOut.postpone(view.id(), batch, brought.publication(), now, dueAt));
    }

    /** Whoever publishes while a version is retired may leave such a record after it. */
    private void forget(long viewId, List<LeftOut> due, RegistrySnapshot snapshot, Instant now) {
        if (snapshot.isWhole() && due.stream().allMatch(each -> each.after().isBefore(now.minus(UNKNOWN_FOR)))) {
            leftOut.forget(viewId);
        }
    }
}
