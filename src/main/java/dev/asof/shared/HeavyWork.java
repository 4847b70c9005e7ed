package dev.asof.shared;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Work that may use up a processor for long, such as planning what a user's text asks for: a few pieces at once, each
 * with a time limit, on the caller's thread. The rest waits its turn, and not for long. Only what needs no store belongs
 * here: a piece that waits for Postgres would keep others from their turn.
 */
public final class HeavyWork implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofMillis(100);

    private final Duration longestWait;
    private final Duration longest;
    private final Semaphore turns;
    private final Set<Piece> pieces = ConcurrentHashMap.newKeySet();
    private final BackgroundLoop limiting;

    /** A piece of work under way; interrupted once at its time limit, and never after its end. */
    private static final class Piece {

        private final Thread thread = Thread.currentThread();
        private final long end;
        private boolean over;
        private boolean done;

        Piece(Duration longest) {
            this.end = System.nanoTime() + longest.toNanos();
        }

        synchronized void interruptIfOver() {
            if (!done && !over && System.nanoTime() - end >= 0) {
                over = true;
                thread.interrupt();
            }
        }

        /** Whether it was interrupted, which the thread is no more then. */
        synchronized boolean finish() {
            done = true;
            if (over) {
                var _ = Thread.interrupted();
            }
            return over;
        }
    }

    /**
     * Takes work from now on, until it is closed.
     *
     * @param atOnce pieces that are worked on at once
     * @param longestWait for a turn
     * @param longest that a piece may take
     */
    public HeavyWork(int atOnce, Duration longestWait, Duration longest, BackgroundLoops loops) {
        this.turns = new Semaphore(atOnce, true);
        this.longestWait = longestWait;
        this.longest = longest;
        this.limiting = loops.every(INTERVAL, "heavy-work-limit", () -> pieces.forEach(Piece::interruptIfOver));
        limiting.start();
    }

    /**
     * Does a piece of work when it is its turn.
     *
     * @param what it is, to begin a sentence with
     * @throws AsofException TOO_MANY_REQUESTS when its turn did not come, INVALID when it took too long
     * @throws EndableWork.EndedException when nobody wants it any more
     */
    public <T> T run(String what, Supplier<T> work) {
        return EndableWork.whileWanted(() -> {
            takeTurn();
            try {
                return limited(what, work);
            } finally {
                turns.release();
            }
        });
    }

    /** As {@link #run}, but now: for whoever holds what others wait for. */
    public <T> T limited(String what, Supplier<T> work) {
        return EndableWork.whileWanted(() -> piece(what, work));
    }

    private <T> T piece(String what, Supplier<T> work) {
        var piece = new Piece(longest);
        pieces.add(piece);
        T result;
        try {
            result = work.get();
        } catch (RuntimeException | Error e) {
            if (finish(piece)) {
                throw tooLong(what, e);
            }
            throw e;
        }
        finish(piece);
        return result;
    }

    private boolean finish(Piece piece) {
        pieces.remove(piece);
        return piece.finish();
    }

    private AsofException tooLong(String what, Throwable cause) {
        String detail = "%s took longer than %s and was stopped: send less of it at once"
                .formatted(what, Durations.format(longest));
        var failure = AsofException.invalid(detail, List.of(Violation.of(null, "too_much_work", detail)));
        failure.initCause(cause);
        return failure;
    }

    private void takeTurn() {
        try {
            if (turns.tryAcquire(longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("Interrupted while waiting").initCause(e);
        }
        throw new AsofException(
                ErrorCode.TOO_MANY_REQUESTS,
                "As much work of this kind as this server takes at once is under way: try again in a moment");
    }

    /**
     * To be called by whatever goes through something long, now and then.
     *
     * @throws CancellationException when the work under way has to end
     */
    public static void goOn() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Stopped");
        }
    }

    @Override
    public void close() {
        limiting.stop();
    }
}
