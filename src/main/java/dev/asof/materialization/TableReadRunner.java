package dev.asof.materialization;

import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistryEvents.SourceDeleted;
import dev.asof.registry.SourceDefinition;
import dev.asof.registry.TableOrigin;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Runs the reads of table sources, and starts those that are due. */
@Component
class TableReadRunner {

    private static final Logger LOG = LoggerFactory.getLogger(TableReadRunner.class);

    /** The other background threads are left to what online lookups wait for. */
    static final int AT_ONCE = 3;

    /** Of one database, so that one that hangs doesn't keep the others' tables from being read. */
    private static final int OF_ONE_DATABASE = 2;

    private static final String OWN_DATABASE = "";

    private final TableReads reads;
    private final TableSourceReads reader;
    private final Registry registry;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final TransactionTemplate atOnce;
    private final Semaphore turns = new Semaphore(AT_ONCE);
    private final Map<String, Semaphore> turnsByDatabase = new ConcurrentHashMap<>();

    TableReadRunner(
            TableReads reads,
            TableSourceReads reader,
            Registry registry,
            PlatformTransactionManager transactions,
            Clock clock) {
        this.reads = reads;
        this.reader = reader;
        this.registry = registry;
        this.transaction = new TransactionTemplate(transactions);
        this.atOnce = new TransactionTemplate(transactions);
        atOnce.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.clock = clock;
    }

    /**
     * Runs a read to its end, unless it has ended before or is cancelled. What is the fault of definition or data fails
     * it; anything else is thrown, and may be tried again.
     *
     * @param stopping asked now and then whether to stop early
     * @return false when it could not run or stopped early, and is to run again
     */
    boolean run(long id, BooleanSupplier stopping) {
        if (isLeftToOthers(id) || !turns.tryAcquire()) {
            return false;
        }
        try {
            var ofDatabase = turnsByDatabase.computeIfAbsent(database(id), _ -> new Semaphore(OF_ONE_DATABASE));
            if (!ofDatabase.tryAcquire()) {
                return false;
            }
            try {
                Optional<SourceName> source = reads.start(id);
                return source.isEmpty() || run(id, source.get(), stopping);
            } finally {
                ofDatabase.release();
            }
        } finally {
            turns.release();
        }
    }

    /** The name of the connection that it is read by; empty for the server's own database. */
    private String database(long id) {
        var source = reads.find(id).map(TableRead::source);
        return registry.current().sources().stream()
                .map(RegisteredSource::definition)
                .filter(definition -> source.filter(definition.name()::equals).isPresent())
                .findFirst()
                .flatMap(SourceDefinition::table)
                .flatMap(TableOrigin::connection)
                .orElse(OWN_DATABASE);
    }

    private boolean isLeftToOthers(long id) {
        return reads.find(id)
                .filter(read -> !registry.current().canTake(read.source()))
                .isPresent();
    }

    private boolean run(long id, SourceName source, BooleanSupplier stopping) {
        try {
            var outcome = reader.read(source, new Progress(id, stopping));
            LOG.info(
                    "Read {} of {}: {}",
                    id,
                    source,
                    outcome.map(Object::toString).orElse("stopped"));
            return outcome.isPresent()
                    || reads.find(id).filter(TableReadRunner::isUnderWay).isEmpty();
        } catch (AsofException e) {
            if (e.code().fault() != ErrorCode.Fault.USER) {
                throw e;
            }
            LOG.info("Read {} of {} failed: {}", id, source, e.getMessage());
            reads.fail(id, String.valueOf(e.getMessage()), e.violations());
            return true;
        }
    }

    private static boolean isUnderWay(TableRead read) {
        return read.state() == MaterializationState.RUNNING || read.state() == MaterializationState.PENDING;
    }

    private final class Progress implements TableSourceReads.Monitor {
        private final long id;
        private final BooleanSupplier stopping;

        private Progress(long id, BooleanSupplier stopping) {
            this.id = id;
            this.stopping = stopping;
        }

        @Override
        public boolean goesOn(long rowsRead) {
            return reads.progress(id, rowsRead) && !stopping.getAsBoolean();
        }

        @Override
        public boolean commits(TableReadOutcome outcome) {
            return reads.done(id, outcome);
        }
    }

    /**
     * Starts the reads that are due. Of the times that passed while no server ran, or while a read took long, one is
     * made up for. This is asked every second, and writes nothing while nothing is due.
     *
     * @param scheduler has a read run once the current transaction has committed
     */
    void startDue(LongConsumer scheduler) {
        Instant now = Timestamps.truncated(clock.instant());
        var planned = reads.planned();
        for (var source : registry.current().sources()) {
            source.definition().table().flatMap(TableOrigin::schedule).ifPresent(schedule -> {
                var name = source.definition().name();
                startIfDue(name, schedule, Optional.ofNullable(planned.get(name)), now, scheduler);
            });
        }
    }

    private void startIfDue(
            SourceName source,
            String schedule,
            Optional<TableReads.Planned> planned,
            Instant now,
            LongConsumer scheduler) {
        if (planned.filter(plan -> plan.schedule().equals(schedule)).isEmpty()) {
            reads.plan(source, schedule, next(schedule, now));
        } else if (!planned.get().dueAt().isAfter(now)) {
            transaction.executeWithoutResult(_ -> {
                if (reads.isDue(source, now, next(schedule, now))) {
                    reads.create(source, TableRead.Cause.SCHEDULE).ifPresent(scheduler::accept);
                }
            });
        }
    }

    private static Instant next(String schedule, Instant now) {
        var next = CronExpression.parse("0 " + schedule.strip()).next(now.atOffset(ZoneOffset.UTC));
        return next == null ? Timestamps.MAX : next.toInstant();
    }

    /**
     * A read under way has what is known of the source locked until its table's database has answered. It is told to stop
     * whether the deletion is committed in the end or not.
     */
    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void beforeForgetting(SourceDeleted event) {
        atOnce.executeWithoutResult(_ -> reads.cancelAll(event.source()));
    }

    @EventListener
    void on(SourceDeleted event) {
        reads.forget(event.source());
    }
}
