package dev.asof.shared;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that a thread of its own does again and again until it is stopped, whatever a turn throws, an {@link Error}
 * included: that is logged and counted ({@link BackgroundLoops}), and the next turn comes. A platform thread, so that
 * requests which use up the processors' virtual threads hold nothing up. All methods may be called by any thread.
 */
public final class BackgroundLoop {

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundLoop.class);
    private static final OutageLog STORE_AWAY = new OutageLog(LOG);
    private static final Duration STOP_WAIT = Duration.ofSeconds(1);

    /** A turn of the work. */
    @FunctionalInterface
    public interface Turn {

        /** Is interrupted when the loop is stopped. */
        @SuppressWarnings("PMD.SignatureDeclareThrowsException")
        void take() throws Exception;
    }

    private final String name;
    private final Duration interval;
    private final Duration leastPause;
    private final Turn turn;
    private final BackgroundLoops loops;
    private final Semaphore wanted = new Semaphore(0);
    private volatile @Nullable Thread thread;
    private volatile long goodAt;
    private long failuresInARow;

    BackgroundLoop(String name, Duration interval, Duration leastPause, Turn turn, BackgroundLoops loops) {
        this.name = name;
        this.interval = interval;
        this.leastPause = leastPause;
        this.turn = turn;
        this.loops = loops;
    }

    /** Takes the first turn now. One that runs goes on; one that was stopped begins again. */
    public synchronized void start() {
        if (thread != null) {
            return;
        }
        goodAt = System.nanoTime();
        var begun = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        thread = begun;
        begun.start();
        loops.started(this);
    }

    /** Has the next turn taken as soon as the one under way, if any, has ended and the least pause is over. */
    public void wake() {
        wanted.release();
    }

    /** Takes no more turns, interrupts the one under way, and waits a moment for its end. */
    public void stop() {
        var ending = end();
        if (ending == null || ending == Thread.currentThread()) {
            return;
        }
        ending.interrupt();
        try {
            ending.join(STOP_WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @Nullable Thread end() {
        var ending = thread;
        thread = null;
        loops.stopped(this);
        return ending;
    }

    /** Whether it was started and not stopped. */
    public boolean isRunning() {
        return thread != null;
    }

    String name() {
        return name;
    }

    long ageNanos() {
        return System.nanoTime() - goodAt;
    }

    private void run() {
        while (thread == Thread.currentThread()) {
            try {
                turn.take();
                succeeded();
            } catch (Throwable e) {
                failed(e);
            }
            rest();
        }
    }

    private void rest() {
        try {
            Thread.sleep(leastPause);
            if (wanted.tryAcquire(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                wanted.drainPermits();
            }
        } catch (InterruptedException e) {
            // whether it was stopped is asked before the next turn
            LOG.trace("{} was interrupted", name);
        }
    }

    private void succeeded() {
        goodAt = System.nanoTime();
        if (failuresInARow > 0) {
            LOG.info("{} goes on after {} failures", name, failuresInARow);
            failuresInARow = 0;
        }
    }

    private void failed(Throwable failure) {
        if (thread != Thread.currentThread()) {
            return;
        }
        try {
            failuresInARow++;
            loops.countFailure(name);
            tell(failure);
        } catch (Throwable another) {
            // Without memory even telling fails. The next turn comes.
            failure.addSuppressed(another);
        }
    }

    private void tell(Throwable failure) {
        if (loops.isStoreAway(failure)) {
            // an outage is told once, and not by each loop that meets it
            STORE_AWAY.met("{} failed, and will try again: {}", name, failure.getMessage());
        } else if (Long.bitCount(failuresInARow) == 1) {
            LOG.error("{} failed, and will try again", name, failure);
        }
    }
}
