package dev.asof.embedded;

import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Keeps embedded stores running while the server does, and says in its health why one isn't. */
@Component("embedded")
@ConditionalOnBean(EmbeddedStores.class)
final class EmbeddedKeeper extends AbstractHealthIndicator implements SmartLifecycle {

    private static final Status DEGRADED = new Status("DEGRADED");
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final EmbeddedStores stores;
    private final BackgroundLoop loop;

    EmbeddedKeeper(EmbeddedStores stores, BackgroundLoops loops, MeterRegistry meters) {
        this.stores = stores;
        this.loop = loops.every(INTERVAL, "embedded-stores", stores::keep);
        for (KeptStore store : stores.kept()) {
            FunctionCounter.builder("asof.embedded.restarts", store, KeptStore::restarts)
                    .description("Starts of an embedded store that had ended by itself")
                    .tag("store", store.name())
                    .register(meters);
        }
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.up();
        for (KeptStore store : stores.kept()) {
            String problem = store.problem();
            builder.withDetail(store.name(), problem == null ? "runs" : problem);
            if (problem != null) {
                builder.status(DEGRADED);
            }
        }
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }
}
