package dev.asof.jobs;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.asof.postgres.PostgresScheduler;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the jobs of a kind run: each by one server at a time, by another when that one dies, and again after a pause when
 * it fails. An outage of a store costs a job no tries, nor does the end of a server.
 */
public final class JobTask {

    private static final Logger LOG = LoggerFactory.getLogger(JobTask.class);

    /**
     * How jobs are run.
     *
     * @param atOnce that one server runs, at most
     * @param ofOneLane of these, that one thing can hold up
     * @param tries after which a job that failed by itself is given up
     * @param firstPause before it is tried again; the next ones are twice as long each
     */
    public record Limits(int atOnce, int ofOneLane, int tries, Duration firstPause) {}

    private final JobTable table;
    private final JobWork work;
    private final Limits limits;
    private final Clock clock;
    private final Turns turns;
    private final CustomTask<Void> task;

    public JobTask(JobStore jobs, JobWork work, Limits limits, Clock clock) {
        this.table = jobs.table();
        this.work = work;
        this.limits = limits;
        this.clock = clock;
        this.turns = new Turns(limits.atOnce(), limits.ofOneLane());
        this.task = Tasks.custom(table.kind().tasks().name(), Void.class)
                .onDeadExecutionRevive()
                .onFailure(this::failed)
                .execute((instance, context) ->
                        attempt(table.kind().run(instance.getId()), context.getSchedulerState()::isShuttingDown));
    }

    /** For the scheduler that runs it. */
    public Task<Void> task() {
        return task;
    }

    /** For the scheduler to run. */
    public TaskInstance<Void> of(JobRun run) {
        return task.instance(table.kind().instance(run));
    }

    private CompletionHandler<Void> attempt(JobRun run, BooleanSupplier stopping) {
        var lane = work.lane(run).filter(turns::take);
        if (lane.isEmpty()) {
            return again(PostgresScheduler.POLLING);
        }
        try {
            if (table.start(run) && !work.run(run, stopping)) {
                return again(Duration.ZERO);
            }
            work.ended(run);
            return (_, execution) -> execution.remove();
        } finally {
            turns.giveBack(lane.get());
        }
    }

    private CompletionHandler<Void> again(Duration pause) {
        return (done, execution) -> execution.reschedule(done, clock.instant().plus(pause));
    }

    /** What no job is to blame for it waits out, as long as it takes; its own failures are counted with the job. */
    private void failed(ExecutionComplete failure, ExecutionOperations<Void> operations) {
        var run = table.kind().run(failure.getExecution().taskInstance.getId());
        var cause = failure.getCause().orElseGet(() -> new IllegalStateException("unknown"));
        if (work.isOutage(cause)) {
            retry(failure, operations, 1);
            return;
        }
        int failures = table.countFailure(run);
        if (failures < limits.tries()) {
            retry(failure, operations, failures);
            return;
        }
        LOG.error("{} {} is given up", table.kind().name(), run.job(), cause);
        table.fail(run, work.givenUp(cause, failures));
        work.ended(run);
        operations.stop();
    }

    /** The scheduler's own count is of no use: servers that died and stores that were away are in it. */
    private void retry(ExecutionComplete failure, ExecutionOperations<Void> operations, int failures) {
        var pause = limits.firstPause().multipliedBy(1L << (failures - 1));
        operations.reschedule(failure, failure.getTimeDone().plus(pause));
    }
}
