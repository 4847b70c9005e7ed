package dev.asof.embedded;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a store's process is there again after it ended by itself, as Postgres does on a full disk. It is
 * started at once; where that fails, again after ever longer pauses, until what is in its way is gone.
 */
final class KeptStore {

    private static final Logger LOG = LoggerFactory.getLogger(KeptStore.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final String name;
    private final BooleanSupplier running;
    private final Runnable startAgain;
    private Duration pause = Duration.ZERO;
    private long nextTry;
    private volatile long restarts;
    private volatile @Nullable String problem;

    /** @param startAgain throws {@link EmbeddedStoresException} where it can't be started */
    KeptStore(String name, BooleanSupplier running, Runnable startAgain) {
        this.name = name;
        this.running = running;
        this.startAgain = startAgain;
    }

    String name() {
        return name;
    }

    /** How often it was started again. */
    long restarts() {
        return restarts;
    }

    /** Why it isn't running; null when it was the last time anybody looked. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Looks whether it runs, and starts it if it doesn't; for one thread. */
    void look() {
        if (running.getAsBoolean()) {
            problem = null;
            pause = Duration.ZERO;
            return;
        }
        if (problem == null) {
            problem = "It ended by itself";
            nextTry = System.nanoTime();
            LOG.warn("The embedded {} ended by itself; it is started again", name);
        }
        if (System.nanoTime() - nextTry >= 0) {
            startAgain();
        }
    }

    private void startAgain() {
        try {
            startAgain.run();
            restarts++;
            LOG.info("The embedded {} runs again", name);
        } catch (EmbeddedStoresException e) {
            boolean isFirst = pause.isZero();
            pause = isFirst ? FIRST_PAUSE : longer(pause);
            nextTry = System.nanoTime() + pause.toNanos();
            problem = e.getMessage();
            if (isFirst) {
                LOG.error("The embedded {} can't be started; tried again until it can: {}", name, e.getMessage());
            } else {
                LOG.debug("The embedded {} still can't be started: {}", name, e.getMessage());
            }
        }
    }

    private static Duration longer(Duration pause) {
        var twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }
}
