package dev.asof.materialization;

import com.github.kagkarlsson.scheduler.SchedulerState;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.asof.ingestion.TableDatabaseException;
import dev.asof.online.OnlineStore;
import dev.asof.postgres.PostgresScheduler;
import dev.asof.postgres.StoreOutage;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Jobs that bring rows from one store to the other, reads of tables, and what keeps the online store whole. */
@Component
class BackgroundWork implements SmartLifecycle {

    private static final int THREADS = 5 + TableReadRunner.AT_ONCE;

    /** So that jobs leave threads and stores to what is short. */
    private static final int JOBS_AT_ONCE = 2;

    private static final Duration CATCH_UP_AGAIN = Duration.ofSeconds(5);
    private static final Duration HEALING = Duration.ofMillis(500);
    private static final Duration SCHEDULE_CHECK = Duration.ofSeconds(1);

    private static final int ATTEMPTS = 8;
    private static final int READ_ATTEMPTS = 4;
    private static final Duration FIRST_RETRY = Duration.ofSeconds(2);

    /** By then no batch that began before the version's retirement still writes online. */
    private static final Duration CLEAR_AFTER = Duration.ofMinutes(2);

    private final MaterializationJobs jobs;
    private final CustomTask<Void> materialization;
    private final OneTimeTask<Void> clearOnline;
    private final TableReads reads;
    private final CustomTask<Void> tableRead;
    private final OnlineCatchUp catchUp;
    private final Semaphore slots = new Semaphore(JOBS_AT_ONCE);
    private final PostgresScheduler scheduler;
    private final BackgroundLoop catchUpAtStart;
    private final BackgroundLoop tableSchedules;
    private final Clock clock;

    BackgroundWork(
            DataSource dataSource,
            MaterializationJobs jobs,
            MaterializationRunner runner,
            OnlineCatchUp catchUp,
            OnlineHealing healing,
            OnlineStore online,
            TableReads reads,
            TableReadRunner readRunner,
            Clock clock,
            BackgroundLoops loops) {
        this.jobs = jobs;
        this.reads = reads;
        this.catchUp = catchUp;
        this.clock = clock;
        this.catchUpAtStart = loops.every(CATCH_UP_AGAIN, "online-catch-up-at-start", this::catchUpAtStart);
        this.materialization = Tasks.custom("materialization", Void.class)
                .onDeadExecutionRevive()
                .onFailure(this::tryAgain)
                .execute((instance, context) -> {
                    var run = JobRun.parse(instance.getId());
                    if (!runner.canRun(run) || !slots.tryAcquire()) {
                        return PostgresScheduler.endedOrAgain(false, clock, PostgresScheduler.POLLING);
                    }
                    SchedulerState state = context.getSchedulerState();
                    try {
                        return PostgresScheduler.endedOrAgain(
                                runner.run(run, state::isShuttingDown), clock, Duration.ZERO);
                    } finally {
                        slots.release();
                    }
                });
        this.clearOnline = Tasks.oneTime("clear-online")
                .onDeadExecutionRevive()
                .onFailureRetryLater()
                .execute((instance, _) -> online.clear(Long.parseLong(instance.getId())));
        this.tableRead = Tasks.custom("table-read", Void.class)
                .onDeadExecutionRevive()
                .onFailure(this::readAgain)
                .execute((instance, context) -> {
                    SchedulerState state = context.getSchedulerState();
                    return PostgresScheduler.endedOrAgain(
                            readRunner.run(Long.parseLong(instance.getId()), state::isShuttingDown),
                            clock,
                            PostgresScheduler.POLLING);
                });
        // by each server, as a task that is shared would be written to each second
        this.tableSchedules =
                loops.every(SCHEDULE_CHECK, "table-schedules", () -> readRunner.startDue(this::scheduleRead));
        RecurringTask<Void> onlineCatchUp = Tasks.recurring("online-catch-up", FixedDelay.of(PostgresScheduler.POLLING))
                .onDeadExecutionRevive()
                .execute((_, _) -> catchUp.run());
        RecurringTask<Void> onlineHealing = Tasks.recurring("online-healing", FixedDelay.of(HEALING))
                .onDeadExecutionRevive()
                .execute((_, _) -> healing.run(this::schedule));
        this.scheduler = new PostgresScheduler(
                dataSource,
                "asof.scheduled_tasks",
                THREADS,
                clock,
                loops,
                List.of(materialization, clearOnline, tableRead),
                List.of(onlineCatchUp, onlineHealing));
    }

    /** What no job is to blame for it waits out, as long as it takes; its own failures are counted with the job. */
    private void tryAgain(ExecutionComplete failure, ExecutionOperations<Void> operations) {
        var run = JobRun.parse(failure.getExecution().taskInstance.getId());
        if (failure.getCause().filter(StoreOutage::is).isPresent()) {
            operations.reschedule(failure, PostgresScheduler.retryAt(failure, FIRST_RETRY, 1));
            return;
        }
        int failures = jobs.failed(run);
        if (failures >= ATTEMPTS) {
            jobs.fail(run, failure.getCause().map(Throwable::toString).orElse("unknown"));
            operations.stop();
            return;
        }
        operations.reschedule(failure, PostgresScheduler.retryAt(failure, FIRST_RETRY, failures));
    }

    /** What is wrong with a table's own database may last: that counts. */
    private void readAgain(ExecutionComplete failure, ExecutionOperations<Void> operations) {
        long read = Long.parseLong(failure.getExecution().taskInstance.getId());
        boolean elsewhere = failure.getCause()
                .filter(TableDatabaseException.class::isInstance)
                .isPresent();
        if (!elsewhere && failure.getCause().filter(StoreOutage::is).isPresent()) {
            operations.reschedule(failure, PostgresScheduler.retryAt(failure, FIRST_RETRY, 1));
            return;
        }
        int failures = reads.failed(read);
        if (failures >= READ_ATTEMPTS) {
            String cause = failure.getCause()
                    .filter(AsofException.class::isInstance)
                    .map(Throwable::getMessage)
                    .orElse("an internal failure, which the server's log tells");
            reads.fail(read, "Given up after %s attempts: %s".formatted(failures, cause), List.of());
            operations.stop();
            return;
        }
        operations.reschedule(failure, PostgresScheduler.retryAt(failure, FIRST_RETRY, failures));
    }

    /** Has a table read as soon as the current transaction, if there is one, has committed. */
    void scheduleRead(long read) {
        scheduler.schedule(tableRead.instance(Long.toString(read)));
    }

    /** Has a job run as soon as the current transaction, if there is one, has committed. */
    void schedule(JobRun run) {
        scheduler.schedule(materialization.instance(run.toString()));
    }

    /** Has a retired version's rows removed from the online store. */
    void scheduleClear(long viewId) {
        scheduler.schedule(
                clearOnline.instance(Long.toString(viewId)), clock.instant().plus(CLEAR_AFTER));
    }

    @Override
    public void start() {
        scheduler.start();
        catchUpAtStart.start();
        tableSchedules.start();
    }

    @Override
    public void stop() {
        tableSchedules.stop();
        catchUpAtStart.stop();
        scheduler.stop();
    }

    /** Once is enough. */
    private void catchUpAtStart() {
        catchUp.runAll();
        catchUpAtStart.stop();
    }

    @Override
    public boolean isRunning() {
        return scheduler.isRunning();
    }

    /** After the registry, and until the last request was answered. */
    @Override
    public int getPhase() {
        return 2;
    }
}
