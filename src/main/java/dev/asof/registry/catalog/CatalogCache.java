package dev.asof.registry.catalog;

import dev.asof.registry.RegistryRefreshed;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The newest catalog this server has seen: fresh after its own changes, a moment behind those of other servers. */
@Component
public class CatalogCache implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(CatalogCache.class);

    private final CatalogLoader loader;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate ownTransaction;
    private final AtomicReference<@Nullable Catalog> newest = new AtomicReference<>();
    private final BackgroundLoop polling;

    CatalogCache(
            CatalogLoader loader,
            RegistryProperties properties,
            PlatformTransactionManager transactions,
            ApplicationEventPublisher events,
            BackgroundLoops loops) {
        this.loader = loader;
        this.events = events;
        this.ownTransaction = new TransactionTemplate(transactions);
        ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        ownTransaction.setReadOnly(true);
        this.polling = loops.every(properties.pollInterval(), "registry-poll", this::poll);
    }

    public Catalog current() {
        var catalog = newest.get();
        return catalog != null ? catalog : refresh();
    }

    /** Makes what the current transaction changes visible once it commits. */
    public void refreshAfterCommit() {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                refreshIfPossible();
            }
        });
    }

    private Catalog refresh() {
        Catalog refreshed = ownTransaction.execute(_ -> {
            var loaded = loader.load();
            var result = newest.accumulateAndGet(
                    loaded,
                    (before, next) ->
                            before != null && next != null && before.revision() > next.revision() ? before : next);
            return result == null ? loaded : result;
        });
        events.publishEvent(new RegistryRefreshed(refreshed));
        return refreshed;
    }

    private void refreshIfPossible() {
        try {
            refresh();
        } catch (DataAccessException | TransactionException e) {
            log.warn("The registry can't be read; going on with what was last seen: {}", e.getMessage());
        }
    }

    /** While the registry can't be read, or has what this server doesn't understand, what was last seen goes on. */
    private void poll() {
        if (loader.revision() != current().revision()) {
            refresh();
        }
    }

    @Override
    public void start() {
        current();
        polling.start();
    }

    @Override
    public void stop() {
        polling.stop();
    }

    @Override
    public boolean isRunning() {
        return polling.isRunning();
    }

    /** Before whatever reads the registry when it starts. */
    @Override
    public int getPhase() {
        return 0;
    }
}
