package dev.asof.materialization;

import dev.asof.online.OnlineStore;
import dev.asof.online.StoreIdentity;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Notices an online store that lost its rows or holds those of another offline store, by the mark it carries, and has
 * every live version brought online again.
 */
@Component
class OnlineStoreMark {

    private static final Logger LOG = LoggerFactory.getLogger(OnlineStoreMark.class);

    private static final String ID = "select id::text from asof.store";
    private static final String LOCK = ID + " for update";

    private final JdbcClient jdbc;
    private final StoreIdentity identity;
    private final OnlineStore online;
    private final Registry registry;
    private final MaterializationJobs jobs;
    private final TransactionTemplate transaction;

    OnlineStoreMark(
            JdbcClient jdbc,
            StoreIdentity identity,
            OnlineStore online,
            Registry registry,
            MaterializationJobs jobs,
            PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.identity = identity;
        this.online = online;
        this.registry = registry;
        this.jobs = jobs;
        this.transaction = new TransactionTemplate(transactions);
    }

    /**
     * Compares the marks, and schedules the rebuilds where they differ. The mark is set when those are committed: a
     * server that dies in between leaves another rebuild to the next check, never none.
     */
    void check(Consumer<JobRun> schedule) {
        try {
            String ours = jdbc.sql(ID).query(String.class).single();
            if (!isMarked(ours)) {
                transaction.executeWithoutResult(_ -> rebuild(ours, schedule));
                identity.assign(ours);
            }
        } catch (AsofException e) {
            LOG.debug("The online store can't be checked now: {}", e.getMessage());
        }
    }

    private boolean isMarked(String ours) {
        return identity.read().filter(ours::equals).isPresent();
    }

    private void rebuild(String ours, Consumer<JobRun> schedule) {
        jdbc.sql(LOCK).query(String.class).single();
        if (isMarked(ours)) {
            return;
        }
        List<RegisteredView> views = registry.current().liveViews();
        if (identity.read().isPresent()) {
            LOG.warn("The online store held the rows of another offline store: they are removed");
            views.forEach(view -> online.clear(view.id()));
        }
        LOG.info("The online store is not marked as ours: {} versions are brought online again", views.size());
        views.forEach(view -> schedule.accept(jobs.createRebuild(view.version())));
    }
}
