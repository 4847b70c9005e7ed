package dev.asof.materialization;

import dev.asof.materialization.tile.LeftOutRows;
import dev.asof.materialization.tile.PublicationMetrics;
import dev.asof.materialization.tile.SmallPublications;
import dev.asof.offline.SourceLog;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistryEvents.SourceDeleted;
import dev.asof.registry.RegistryEvents.ViewVersionRegistered;
import dev.asof.registry.RegistryEvents.ViewVersionRetired;
import dev.asof.shared.BatchId;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Starts the backfill of a new version. The registry holds the source's row against batches here, so the batches there
 * are now are exactly those that will not feed the version themselves.
 */
@Component
class RegistryListener {

    private static final int BEFORE_DROPS = 0;

    private final Registry registry;
    private final SourceLog log;
    private final MaterializationJobs jobs;
    private final BackgroundWork background;
    private final OnlineOutbox outbox;
    private final LeftOutRows leftOut;
    private final SmallPublications publications;
    private final PublicationMetrics metrics;
    private final ViewPrograms programs;

    RegistryListener(
            Registry registry,
            SourceLog log,
            MaterializationJobs jobs,
            BackgroundWork background,
            OnlineOutbox outbox,
            LeftOutRows leftOut,
            SmallPublications publications,
            PublicationMetrics metrics,
            ViewPrograms programs) {
        this.registry = registry;
        this.log = log;
        this.jobs = jobs;
        this.background = background;
        this.outbox = outbox;
        this.leftOut = leftOut;
        this.publications = publications;
        this.metrics = metrics;
        this.programs = programs;
    }

    @EventListener
    void on(ViewVersionRegistered event) {
        RegisteredView view = event.view();
        BatchId newest = log.newestBatch(view.source());
        if (newest.value() == 0) {
            registry.markReady(view.version());
            return;
        }
        background.schedule(jobs.createBackfill(view.version(), newest));
    }

    /** Before the version's tables are dropped, so that no job of it holds them. */
    @EventListener
    @Order(BEFORE_DROPS)
    void on(ViewVersionRetired event) {
        jobs.cancel(event.view().version());
        programs.forget(event.view());
        leftOut.forget(event.view().id());
        publications.forget(event.view().id());
        metrics.forget(event.view());
        background.scheduleClear(event.view().id());
    }

    @EventListener
    void on(SourceDeleted event) {
        outbox.forget(event.source());
        metrics.forget(event.source());
    }
}
