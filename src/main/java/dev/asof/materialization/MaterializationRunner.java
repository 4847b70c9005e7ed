package dev.asof.materialization;

import dev.asof.offline.OfflineStore;
import dev.asof.offline.RowBuffer;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Runs materialization jobs. A backfill's feature rows and its position commit together, a stretch of the log at a
 * time, so that a job that is run again after its server died goes on where it stopped and doubles nothing.
 */
@Component
class MaterializationRunner {

    private static final Logger LOG = LoggerFactory.getLogger(MaterializationRunner.class);
    private static final int STRETCH_ROWS = 20_000;

    private final MaterializationJobs jobs;
    private final Registry registry;
    private final OfflineStore offline;
    private final OnlineWriter online;
    private final ViewPrograms programs;
    private final TransactionTemplate transaction;
    private final Clock clock;

    MaterializationRunner(
            MaterializationJobs jobs,
            Registry registry,
            OfflineStore offline,
            OnlineWriter online,
            ViewPrograms programs,
            PlatformTransactionManager transactions,
            Clock clock) {
        this.jobs = jobs;
        this.registry = registry;
        this.offline = offline;
        this.online = online;
        this.programs = programs;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
    }

    /** Runs a job to its end, unless it has ended before or is cancelled; a failure is thrown and may be tried again. */
    void run(long id) {
        MaterializationJob job = jobs.find(id).orElseThrow();
        if (!jobs.start(id)) {
            return;
        }
        LOG.info("{} of {} begins at {} of {} rows", job.kind(), job.version(), job.rowsDone(), job.rowsTotal());
        RegisteredView view = registry.current().view(job.version());
        boolean complete = switch (job.kind()) {
            case BACKFILL -> backfill(job, view) && bringOnline(job, view, false);
            case ONLINE_REBUILD -> bringOnline(job, view, true);
        };
        if (complete) {
            transaction.executeWithoutResult(_ -> finish(job));
            LOG.info("{} of {} is done", job.kind(), job.version());
        }
    }

    private void finish(MaterializationJob job) {
        if (jobs.done(job.id()) && job.kind() == MaterializationKind.BACKFILL) {
            registry.markReady(job.version());
        }
    }

    /** Whether it came to its end, not cancelled. */
    private boolean backfill(MaterializationJob job, RegisteredView view) {
        RegisteredSource source = registry.current().source(view.source());
        long position = job.position();
        while (true) {
            long after = position;
            OptionalLong end = offline.stretchEnd(view.source(), after, job.throughBatch(), STRETCH_ROWS);
            if (end.isEmpty()) {
                offline.analyze(view);
                return true;
            }
            Boolean goesOn =
                    transaction.execute(_ -> computeStretch(job.id(), view, source, after, end.getAsLong()));
            if (!Boolean.TRUE.equals(goesOn)) {
                return false;
            }
            position = end.getAsLong();
        }
    }

    private boolean computeStretch(long job, RegisteredView view, RegisteredSource source, long after, long end) {
        ViewProgram program = programs.of(view, source);
        RowBuffer rows = offline.featureBuffer(view);
        long[] read = {0};
        offline.readLog(source, after, end, row -> {
            read[0]++;
            FeatureRow features = program.apply(row);
            if (features != null) {
                offline.appendFeatures(rows, view, features, row.knownTimestamp());
            }
        });
        if (!jobs.advance(job, end, read[0])) {
            return false;
        }
        offline.copy(rows);
        return true;
    }

    /** Whether it came to its end, not cancelled. */
    private boolean bringOnline(MaterializationJob job, RegisteredView view, boolean countsRows) {
        long written = online.writeAll(view, Timestamps.truncated(clock.instant()));
        return jobs.count(job.id(), countsRows ? written : 0);
    }
}
