package dev.asof.materialization;

import dev.asof.online.OnlineNodes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Tells this server's lookups which Redis processes are in service: one that hung or was cut off, and was replaced
 * meanwhile, does not know that it was. Before the server takes its first request it sees to it that Redis is in
 * service, so that the first answers are as good as later ones.
 */
@Component
class OnlineWatch implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(OnlineWatch.class);
    private static final Duration INTERVAL = Duration.ofMillis(250);

    /** Before the web server. */
    private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 4096;

    private final OnlineService service;
    private final OnlineNodes nodes;
    private final OnlineHealing healing;
    private final BackgroundWork background;
    private final UnpublishedBatches unpublished;
    private volatile @Nullable Thread watching;

    OnlineWatch(
            OnlineService service,
            OnlineNodes nodes,
            OnlineHealing healing,
            BackgroundWork background,
            UnpublishedBatches unpublished) {
        this.service = service;
        this.nodes = nodes;
        this.healing = healing;
        this.background = background;
        this.unpublished = unpublished;
    }

    @Override
    public void start() {
        healing.run(background::schedule);
        tell();
        var thread = Thread.ofVirtual().name("online-watch").unstarted(this::watch);
        watching = thread;
        thread.start();
    }

    private void watch() {
        while (watching == Thread.currentThread()) {
            try {
                Thread.sleep(INTERVAL);
                tell();
                unpublished.check();
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                LOG.debug("Which Redis is in service can't be read now: {}", e.getMessage());
            }
        }
    }

    private void tell() {
        var current = service.read();
        nodes.inService(current.store(), current.generation(), current.tokens());
    }

    @Override
    public void stop() {
        var thread = watching;
        watching = null;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return watching != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
