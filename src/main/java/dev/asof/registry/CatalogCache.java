package dev.asof.registry;

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
class CatalogCache implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(CatalogCache.class);

    private final CatalogLoader loader;
    private final RegistryProperties properties;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate ownTransaction;
    private final AtomicReference<@Nullable Catalog> newest = new AtomicReference<>();
    private volatile @Nullable Thread poller;

    CatalogCache(
            CatalogLoader loader,
            RegistryProperties properties,
            PlatformTransactionManager transactions,
            ApplicationEventPublisher events) {
        this.loader = loader;
        this.properties = properties;
        this.events = events;
        this.ownTransaction = new TransactionTemplate(transactions);
        ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        ownTransaction.setReadOnly(true);
    }

    Catalog current() {
        var catalog = newest.get();
        return catalog != null ? catalog : refresh();
    }

    /** Makes what the current transaction changes visible once it commits. */
    void refreshAfterCommit() {
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
                    (before, next) -> before != null && next != null && before.revision() > next.revision()
                            ? before
                            : next);
            return result == null ? loaded : result;
        });
        events.publishEvent(new RegistryRefreshed(refreshed));
        return refreshed;
    }

    private boolean refreshIfPossible() {
        try {
            refresh();
            return true;
        } catch (DataAccessException | TransactionException e) {
            log.warn("The registry can't be read; going on with what was last seen: {}", e.getMessage());
            return false;
        }
    }

    private void poll() {
        boolean reachable = true;
        while (poller == Thread.currentThread()) {
            try {
                Thread.sleep(properties.pollInterval());
                if (loader.revision() != current().revision()) {
                    refresh();
                }
                reachable = true;
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                if (reachable && poller != null) {
                    log.warn("The registry can't be read; going on with what was last seen: {}", e.getMessage());
                }
                reachable = false;
            }
        }
    }

    @Override
    public void start() {
        current();
        poller = Thread.ofVirtual().name("registry-poll").unstarted(this::poll);
        poller.start();
    }

    @Override
    public void stop() {
        var running = poller;
        poller = null;
        if (running != null) {
            running.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return poller != null;
    }

    /** Before whatever reads the registry when it starts. */
    @Override
    public int getPhase() {
        return 0;
    }
}
