package dev.asof.training.dataset;

import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.asof.postgres.PostgresScheduler;
import dev.asof.postgres.StoreOutage;
import dev.asof.shared.BackgroundLoops;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
class DatasetBuilds implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(DatasetBuilds.class);
    private static final int THREADS = 2;
    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

    private final Datasets datasets;
    private final DatasetBuilder builder;
    private final DatasetRemoval removal;
    private final BackgroundLoops loops;
    private final CustomTask<Void> build;
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
        this.build = Tasks.custom("training-dataset", Void.class)
                .onDeadExecutionRevive()
                .onFailure(this::tryAgain)
                .execute((instance, context) -> {
                    var state = context.getSchedulerState();
                    return PostgresScheduler.endedOrAgain(
                            build(Long.parseLong(instance.getId()), state::isShuttingDown), clock, Duration.ZERO);
                });
        this.scheduler = new PostgresScheduler(
                dataSource, "asof.training_tasks", THREADS, clock, loops, List.of(build), List.of());
    }

    /** Has a dataset built as soon as the current transaction has committed. */
    void schedule(long id) {
        scheduler.schedule(build.instance(Long.toString(id)));
    }

    /** @return false when it stopped early, and is to be begun again where it can run */
    private boolean build(long id, BooleanSupplier stopping) {
        if (datasets.start(id)) {
            var dataset = datasets.find(id).orElseThrow();
            try {
                builder.build(dataset, new BuildWatch(loops, () -> !stopping.getAsBoolean() && datasets.isRunning(id)));
                LOG.info("The build of {} has ended", dataset.version());
            } catch (BuildStoppedException | SQLException | IOException e) {
                if (datasets.isRunning(id)) {
                    if (stopping.getAsBoolean()) {
                        return false;
                    }
                    throw new IllegalStateException("%s could not be built".formatted(dataset.version()), e);
                }
                LOG.info("The build of {} was stopped", dataset.version());
            }
        }
        removal.cleanUp(id);
        return true;
    }

    /** What no build is to blame for it waits out, as long as it takes; its own failures are counted with it. */
    private void tryAgain(ExecutionComplete failure, ExecutionOperations<Void> operations) {
        long id = Long.parseLong(failure.getExecution().taskInstance.getId());
        if (failure.getCause().filter(StoreOutage::is).isPresent()) {
            operations.reschedule(failure, PostgresScheduler.retryAt(failure, FIRST_RETRY, 1));
            return;
        }
        int failures = datasets.failed(id);
        if (failures >= ATTEMPTS) {
            datasets.fail(id, failure.getCause().map(DatasetBuilds::explained).orElse("unknown"), Optional.empty());
            removal.cleanUp(id);
            operations.stop();
            return;
        }
        operations.reschedule(failure, PostgresScheduler.retryAt(failure, FIRST_RETRY, failures));
    }

    /** In the words of the module; what Postgres or the disk said is for the log. */
    private static String explained(Throwable cause) {
        LOG.error("A dataset was given up", cause);
        return cause instanceof dev.asof.shared.AsofException known
                ? String.valueOf(known.getMessage())
                : "The build failed %s times; the server's log says why".formatted(ATTEMPTS);
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
