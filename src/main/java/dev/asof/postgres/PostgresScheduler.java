package dev.asof.postgres;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import dev.asof.shared.BackgroundLoops;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * Tasks that outlive requests, kept in a table of Postgres by db-scheduler: each runs once, whatever number of servers
 * there are, and moves to another server when its own dies.
 */
public final class PostgresScheduler {

    /** How long a new task waits at most for a free thread to find it. */
    public static final Duration POLLING = Duration.ofMillis(500);

    /** Two servers of one host tell themselves apart. */
    private static final String NAME = new SchedulerName.Hostname().getName() + "-"
            + ProcessHandle.current().pid();

    /** Work of a server that died goes on elsewhere within seconds; two that run a task at once do no harm. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private static final int MISSED_HEARTBEATS = 6;
    private static final Duration STOP_WAIT = Duration.ofSeconds(5);

    private final Clock clock;
    private final Supplier<Scheduler> newScheduler;
    private volatile Scheduler scheduler;
    private volatile boolean running;

    /**
     * Makes a scheduler that does nothing before it is started.
     *
     * @param table qualified name of the table that keeps the tasks
     * @param threads tasks that one server runs at once
     * @param loops count the runs that fail, under the names of their tasks
     * @param scheduled tasks that run when {@link #schedule} says so
     * @param recurring tasks that run from the start, again and again
     */
    public PostgresScheduler(
            DataSource dataSource,
            String table,
            int threads,
            Clock clock,
            BackgroundLoops loops,
            List<Task<?>> scheduled,
            List<RecurringTask<Void>> recurring) {
        this.clock = clock;
        this.newScheduler = () -> Scheduler.create(new TransactionAwareDataSourceProxy(dataSource), scheduled)
                .startTasks(recurring)
                .tableName(table)
                .schedulerName(new SchedulerName.Fixed(NAME))
                .threads(threads)
                .pollingInterval(POLLING)
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(MISSED_HEARTBEATS)
                .shutdownMaxWait(STOP_WAIT)
                .alwaysPersistTimestampInUTC()
                .clock(clock::instant)
                .addSchedulerListener(new FailureCount(loops))
                .build();
        this.scheduler = newScheduler.get();
    }

    private static final class FailureCount extends AbstractSchedulerListener {

        private final BackgroundLoops loops;

        FailureCount(BackgroundLoops loops) {
            this.loops = loops;
        }

        @Override
        public void onExecutionComplete(ExecutionComplete done) {
            if (done.getResult() == ExecutionComplete.Result.FAILED) {
                loops.countFailure(done.getExecution().taskInstance.getTaskName());
            }
        }
    }

    /** Has a task run as soon as the current transaction, if there is one, has committed. */
    public void schedule(TaskInstance<Void> task) {
        schedule(task, clock.instant());
    }

    /** Has a task run at a time, if the current transaction commits; one that is there already stays as it is. */
    public void schedule(TaskInstance<Void> task, Instant at) {
        scheduler.scheduleIfNotExists(task, at);
    }

    /** Begins to run tasks. A scheduler that was stopped can't start again, but a server that was paused does. */
    public void start() {
        if (scheduler.getSchedulerState().isShuttingDown()) {
            scheduler = newScheduler.get();
        }
        running = true;
        scheduler.start();
    }

    /** Begins no more tasks, and waits a few seconds for those that run. */
    public void stop() {
        running = false;
        scheduler.stop();
    }

    public boolean isRunning() {
        return running;
    }
}
