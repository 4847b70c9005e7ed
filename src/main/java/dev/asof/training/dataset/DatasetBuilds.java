package dev.asof.training.dataset;

import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobTask;
import dev.asof.jobs.JobWork;
import dev.asof.postgres.PostgresScheduler;
import dev.asof.shared.AsofException;
import dev.asof.shared.BackgroundLoops;
import dev.asof.shared.ErrorCode;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Has datasets built, each by one server at a time, and by another when that one dies. A scheduler apart from that of
 * materialization, so that builds, which may take long, never hold up what keeps the online store fresh.
 */
@Component
class DatasetBuilds implements JobWork, SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(DatasetBuilds.class);
    private static final int THREADS = 2;
    private static final JobTask.Limits LIMITS = new JobTask.Limits(THREADS, THREADS, 5, Duration.ofSeconds(1));

    private final Datasets datasets;
    private final DatasetBuilder builder;
    private final DatasetRemoval removal;
    private final BackgroundLoops loops;
    private final JobTask builds;
    private final PostgresScheduler scheduler;

    DatasetBuilds(
            DataSource dataSource,
            Datasets datasets,
            DatasetBuilder builder,
            DatasetRemoval removal,
            Clock clock,
            BackgroundLoops loops) {
        this.datasets = datasets;
        this.builder = builder;
        this.removal = removal;
        this.loops = loops;
        this.builds = new JobTask(datasets, this, LIMITS, clock);
        this.scheduler = new PostgresScheduler(
                dataSource, "asof.training_tasks", THREADS, clock, loops, List.of(builds.task()), List.of());
    }

    /** Has a dataset built as soon as the current transaction has committed. */
    void schedule(long id) {
        scheduler.schedule(builds.of(JobRun.only(id)));
    }

    @Override
    public boolean run(JobRun run, BooleanSupplier stopping) {
        var dataset = datasets.find(run.job()).orElseThrow();
        try {
            builder.build(
                    dataset,
                    new BuildWatch(
                            loops,
                            () -> !stopping.getAsBoolean() && datasets.table().isRunning(run)));
            LOG.info("The build of {} has ended", dataset.version());
        } catch (AsofException e) {
            // what its author has to mend would be no better the next time
            if (e.code().fault() != ErrorCode.Fault.USER) {
                throw e;
            }
            datasets.table().fail(run, String.valueOf(e.getMessage()));
        } catch (BuildStoppedException | SQLException | IOException e) {
            if (datasets.table().isRunning(run)) {
                if (stopping.getAsBoolean()) {
                    return false;
                }
                throw new IllegalStateException("%s could not be built".formatted(dataset.version()), e);
            }
            LOG.info("The build of {} was stopped", dataset.version());
        }
        return true;
    }

    /** In the words of the module; what Postgres or the disk said is for the log. */
    @Override
    public String givenUp(Throwable cause, int failures) {
        return cause instanceof AsofException known
                ? String.valueOf(known.getMessage())
                : "The build failed %s times; the server's log says why".formatted(failures);
    }

    @Override
    public void ended(JobRun run) {
        removal.cleanUp(run.job());
    }

    @Override
    public void start() {
        scheduler.start();
    }

    @Override
    public void stop() {
        scheduler.stop();
    }

    @Override
    public boolean isRunning() {
        return scheduler.isRunning();
    }
}
