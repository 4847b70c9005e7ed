package dev.asof.materialization;

import dev.asof.online.OnlineNodes;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.time.Duration;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The fence of this server's lookups: tells them which Redis processes are in service: one that hung or was cut off,
 * and was replaced meanwhile, does not know that it was. Before the server takes its first request it sees to it that
 * Redis is in service, so that the first answers are as good as later ones.
 */
@Component
class OnlineWatch implements SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofMillis(250);

    /** Before the web server. */
    private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 4096;

    private final OnlineService service;
    private final OnlineNodes nodes;
    private final OnlineHealing healing;
    private final BackgroundWork background;
    private final UnpublishedBatches unpublished;
    private final BackgroundLoop watching;

    OnlineWatch(
            OnlineService service,
            OnlineNodes nodes,
            OnlineHealing healing,
            BackgroundWork background,
            UnpublishedBatches unpublished,
            BackgroundLoops loops) {
        this.service = service;
        this.nodes = nodes;
        this.healing = healing;
        this.background = background;
        this.unpublished = unpublished;
        this.watching = loops.every(INTERVAL, "online-watch", this::watch);
    }

    @Override
    public void start() {
        healing.run(background::schedule);
        tell();
        watching.start();
    }

    private void watch() {
        tell();
        unpublished.check();
    }

    private void tell() {
        var current = service.read();
        nodes.inService(current.store(), current.generation(), current.tokens());
    }

    @Override
    public void stop() {
        watching.stop();
    }

    @Override
    public boolean isRunning() {
        return watching.isRunning();
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
