package dev.asof.materialization;

import dev.asof.jobs.JobRun;
import dev.asof.jobs.JobWork;
import dev.asof.offline.LogPosition;
import dev.asof.offline.SourceLog;
import dev.asof.online.FencingTokens;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Runs materialization jobs. A backfill's feature rows and its position commit together, a stretch of the log at a
 * time, so that a job that is run again after its server died goes on where it stopped and doubles nothing.
 */
@Component
class MaterializationRunner implements JobWork {

    private static final Logger LOG = LoggerFactory.getLogger(MaterializationRunner.class);
    private static final int STRETCH_ROWS = 20_000;

    /** How a run ends that doesn't fail. */
    private enum End {
        COMPLETE,
        CANCELLED,
        STOPPED_EARLY
    }

    private final MaterializationJobs jobs;
    private final Registry registry;
    private final SourceLog log;
    private final ViewOutputs outputs;
    private final OnlineOutbox outbox;
    private final TransactionTemplate transaction;
    private final Clock clock;

    MaterializationRunner(
            MaterializationJobs jobs,
            Registry registry,
            SourceLog log,
            ViewOutputs outputs,
            OnlineOutbox outbox,
            PlatformTransactionManager transactions,
            Clock clock) {
        this.jobs = jobs;
        this.registry = registry;
        this.log = log;
        this.outputs = outputs;
        this.outbox = outbox;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
    }

    @Override
    public Optional<String> lane(JobRun run) {
        return jobs.find(run.job())
                        .filter(job -> !registry.current().canCompute(job.version()))
                        .isEmpty()
                ? Optional.of(NO_LANE)
                : Optional.empty();
    }

    @Override
    public boolean run(JobRun run, BooleanSupplier stopping) {
        MaterializationJob job = jobs.find(run.job()).orElseThrow();
        LOG.info("{} of {} begins after {} rows", job.kind(), job.version(), job.rowsDone());
        RegistrySnapshot snapshot = registry.current();
        RegisteredView view = snapshot.view(job.version());
        RegisteredSource source = snapshot.source(view.source());
        ViewOutput output = outputs.of(view, source);
        End end = switch (job.kind()) {
            case BACKFILL -> {
                End computed = backfill(run, job, source, output, stopping);
                yield computed == End.COMPLETE ? bringOnline(run, job, output, stopping) : computed;
            }
            case ONLINE_REBUILD -> bringOnline(run, job, output, stopping);
        };
        LOG.info("{} of {}: {}", job.kind(), job.version(), end);
        return end != End.STOPPED_EARLY;
    }

    @Override
    public String givenUp(Throwable cause, int failures) {
        return cause.toString();
    }

    /** The registry first: retiring a version locks it before it cancels the version's jobs. */
    private void finish(JobRun run, MaterializationJob job, FencingTokens written, TransactionStatus status) {
        if (job.kind() == MaterializationKind.BACKFILL) {
            registry.markReady(job.version());
        }
        if (!outbox.isOnline(written)) {
            throw new AsofException(ErrorCode.UNAVAILABLE, "The online store was replaced meanwhile");
        }
        if (!jobs.done(run)) {
            status.setRollbackOnly();
        }
    }

    private End backfill(
            JobRun run, MaterializationJob job, RegisteredSource source, ViewOutput output, BooleanSupplier stopping) {
        SourceName name = source.definition().name();
        jobs.expect(run, log.count(name, job.throughBatch()));
        LogPosition position = job.position();
        while (true) {
            LogPosition after = position;
            Optional<LogPosition> end = log.stretchEnd(name, after, job.throughBatch(), STRETCH_ROWS);
            if (end.isEmpty()) {
                output.analyze();
                return End.COMPLETE;
            }
            if (stopping.getAsBoolean()) {
                return End.STOPPED_EARLY;
            }
            Boolean goesOn = transaction.execute(_ -> computeStretch(run, source, output, after, end.get()));
            if (!Boolean.TRUE.equals(goesOn)) {
                return End.CANCELLED;
            }
            position = end.get();
        }
    }

    /**
     * Holds the job before it touches a table: retiring a version cancels its jobs before it drops the table, and so
     * neither waits for the other with a lock in hand.
     */
    private boolean computeStretch(
            JobRun run, RegisteredSource source, ViewOutput output, LogPosition after, LogPosition end) {
        if (!jobs.hold(run, after)) {
            return false;
        }
        ViewOutput.OfStretch computed = output.ofStretch();
        var progress = new Object() {
            long read;
        };
        log.read(source, after, end, row -> {
            progress.read++;
            computed.add(row);
        });
        computed.finish();
        jobs.advance(run, end, progress.read);
        return true;
    }

    private End bringOnline(JobRun run, MaterializationJob job, ViewOutput output, BooleanSupplier stopping) {
        ViewOutput.Pages pages = output.pages(Timestamps.truncated(clock.instant()));
        FencingTokens written = FencingTokens.NONE;
        ViewOutput.Page page;
        do {
            if (stopping.getAsBoolean()) {
                return End.STOPPED_EARLY;
            }
            page = pages.write();
            if (!jobs.count(run, job.kind() == MaterializationKind.ONLINE_REBUILD ? page.rows() : 0)) {
                return End.CANCELLED;
            }
            written = written.and(page.written());
        } while (!page.isLast());
        FencingTokens all = written;
        transaction.executeWithoutResult(status -> finish(run, job, all, status));
        return End.COMPLETE;
    }
}
