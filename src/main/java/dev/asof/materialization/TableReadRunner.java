package dev.asof.materialization;

import dev.asof.ingestion.TableDatabaseException;
import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobWork;
import dev.asof.postgres.StoreOutage;
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
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
class TableReadRunner implements JobWork {

    private static final Logger LOG = LoggerFactory.getLogger(TableReadRunner.class);

    private final TableReads reads;
    private final TableSourceReads reader;
    private final Registry registry;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final TransactionTemplate atOnce;

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

    /** The name of the connection that it is read by, which hangs with its database; empty for the server's own. */
    @Override
    public Optional<String> lane(JobRun run) {
        var source = reads.find(run.job()).map(TableRead::source);
        if (source.filter(name -> !registry.current().canTake(name)).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(registry.current().sources().stream()
                .map(RegisteredSource::definition)
                .filter(definition -> source.filter(definition.name()::equals).isPresent())
                .findFirst()
                .flatMap(SourceDefinition::table)
                .flatMap(TableOrigin::connection)
                .orElse(NO_LANE));
    }

    /** What is the fault of definition or data fails it; anything else is thrown, and may be tried again. */
    @Override
    public boolean run(JobRun run, BooleanSupplier stopping) {
        return reads.find(run.job())
                .map(read -> run(run, read.source(), stopping))
                .orElse(true);
    }

    private boolean run(JobRun run, SourceName source, BooleanSupplier stopping) {
        try {
            var outcome = reader.read(source, new Progress(run, stopping));
            LOG.info(
                    "Read {} of {}: {}",
                    run.job(),
                    source,
                    outcome.map(Object::toString).orElse("stopped"));
            return outcome.isPresent() || !reads.table().isRunning(run);
        } catch (AsofException e) {
            if (e.code().fault() != ErrorCode.Fault.USER) {
                throw e;
            }
            LOG.info("Read {} of {} failed: {}", run.job(), source, e.getMessage());
            reads.fail(run, String.valueOf(e.getMessage()), e.violations());
            return true;
        }
    }

    /** What is wrong with a table's own database may last: that counts. */
    @Override
    public boolean isOutage(Throwable failure) {
        return !(failure instanceof TableDatabaseException) && StoreOutage.is(failure);
    }

    @Override
    public String givenUp(Throwable cause, int failures) {
        return "Given up after %s attempts: %s"
                .formatted(
                        failures,
                        cause instanceof AsofException known
                                ? known.getMessage()
                                : "an internal failure, which the server's log tells");
    }

    private final class Progress implements TableSourceReads.Monitor {
        private final JobRun run;
        private final BooleanSupplier stopping;

        private Progress(JobRun run, BooleanSupplier stopping) {
            this.run = run;
            this.stopping = stopping;
        }

        @Override
        public boolean goesOn(long rowsRead) {
            return reads.progress(run, rowsRead) && !stopping.getAsBoolean();
        }

        @Override
        public boolean commits(TableReadOutcome outcome) {
            return reads.done(run, outcome);
        }
    }

    /**
     * Starts the reads that are due. Of the times that passed while no server ran, or while a read took long, one is
     * made up for. This is asked every second, and writes nothing while nothing is due.
     *
     * @param scheduler has a read run once the current transaction has committed
     */
    void startDue(Consumer<JobRun> scheduler) {
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
            Consumer<JobRun> scheduler) {
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
