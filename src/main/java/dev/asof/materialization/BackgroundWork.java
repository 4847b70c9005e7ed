package dev.asof.materialization;

import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobTask;
import dev.asof.materialization.tile.TileSweep;
import dev.asof.offline.tile.TileBuilder;
import dev.asof.online.OnlineStore;
import dev.asof.postgres.PostgresScheduler;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Jobs that bring rows from one store to the other, reads of tables, and what keeps the online store whole. */
@Component
class BackgroundWork implements SmartLifecycle {

    private static final Duration FIRST_RETRY = Duration.ofSeconds(2);

    /** So that jobs leave threads and stores to what is short. */
    private static final JobTask.Limits OF_JOBS = new JobTask.Limits(2, 2, 8, FIRST_RETRY);

    /** Two of one database, so that one that hangs doesn't keep the others' tables from being read. */
    private static final JobTask.Limits OF_READS = new JobTask.Limits(3, 2, 4, FIRST_RETRY);

    private static final int THREADS = 6 + OF_READS.atOnce();

    private static final Duration CATCH_UP_AGAIN = Duration.ofSeconds(5);
    private static final Duration HEALING = Duration.ofMillis(500);
    private static final Duration SWEEP = Duration.ofHours(1);
    private static final Duration TILES = Duration.ofSeconds(2);
    private static final Duration SCHEDULE_CHECK = Duration.ofSeconds(1);

    /** By then no batch that began before the version's retirement still writes online. */
    private static final Duration CLEAR_AFTER = Duration.ofMinutes(2);

    private final JobTask materialization;
    private final OneTimeTask<Void> clearOnline;
    private final JobTask tableRead;
    private final OnlineCatchUp catchUp;
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
            TileSweep sweep,
            TableReads reads,
            TableReadRunner readRunner,
            TileBuilder tiles,
            Clock clock,
            BackgroundLoops loops) {
        this.catchUp = catchUp;
        this.clock = clock;
        this.catchUpAtStart = loops.every(CATCH_UP_AGAIN, "online-catch-up-at-start", this::catchUpAtStart);
        this.materialization = new JobTask(jobs, runner, OF_JOBS, clock);
        this.clearOnline = Tasks.oneTime("clear-online")
                .onDeadExecutionRevive()
                .onFailureRetryLater()
                .execute((instance, _) -> online.clear(Long.parseLong(instance.getId())));
        this.tableRead = new JobTask(reads, readRunner, OF_READS, clock);
        // by each server, as a task that is shared would be written to each second
        this.tableSchedules =
                loops.every(SCHEDULE_CHECK, "table-schedules", () -> readRunner.startDue(this::scheduleRead));
        RecurringTask<Void> onlineCatchUp = Tasks.recurring("online-catch-up", FixedDelay.of(PostgresScheduler.POLLING))
                .onDeadExecutionRevive()
                .execute((_, _) -> catchUp.run());
        RecurringTask<Void> onlineHealing = Tasks.recurring("online-healing", FixedDelay.of(HEALING))
                .onDeadExecutionRevive()
                .execute((_, _) -> healing.run(this::schedule));
        RecurringTask<Void> tileSweep = Tasks.recurring("tile-sweep", FixedDelay.of(SWEEP))
                .onDeadExecutionRevive()
                .execute((_, _) -> sweep.run());
        RecurringTask<Void> storedTiles = Tasks.recurring("stored-tiles", FixedDelay.of(TILES))
                .onDeadExecutionRevive()
                .execute((_, _) -> tiles.run());
        this.scheduler = new PostgresScheduler(
                dataSource,
                "asof.scheduled_tasks",
                THREADS,
                clock,
                loops,
                List.of(materialization.task(), clearOnline, tableRead.task()),
                List.of(onlineCatchUp, onlineHealing, tileSweep, storedTiles));
    }

    /** Has a table read as soon as the current transaction, if there is one, has committed. */
    void scheduleRead(JobRun run) {
        scheduler.schedule(tableRead.of(run));
    }

    /** Has a job run as soon as the current transaction, if there is one, has committed. */
    void schedule(JobRun run) {
        scheduler.schedule(materialization.of(run));
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
