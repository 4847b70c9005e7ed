package dev.asof.shared;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A producer with a bounded queue: makes things in a thread of its own: while some wait to be taken, the next is made.
 * Whatever ends the making, an {@link Error} included, is told to whoever takes. Taken from and closed by one thread. A
 * platform thread, because a maker that computes would otherwise occupy one of the few carriers that all requests
 * share.
 *
 * @param <T> what is made
 * @param <X> a checked exception of the maker
 * @param <Y> another
 */
public final class ProducerThread<T, X extends Exception, Y extends Exception> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProducerThread.class);
    private static final Duration GRACE = Duration.ofMillis(1);
    private static final Duration CANCEL_INTERVAL = Duration.ofMillis(100);
    private static final Duration STILL_ALIVE = Duration.ofSeconds(1);

    /** How things are made. */
    @FunctionalInterface
    public interface Maker<T, X extends Exception, Y extends Exception> {

        /** Makes the next; null after the last. */
        @Nullable
        T next() throws X, Y;

        /** Ends what is being made, if it takes long; called by another thread, and again. */
        default void cancel() throws X, Y {}

        /** Called with what nobody will take. */
        default void discard(T unwanted) {}
    }

    private sealed interface Outcome<T> {

        record Made<T>(T made) implements Outcome<T> {}

        record End<T>() implements Outcome<T> {}

        record Failed<T>(Throwable failure) implements Outcome<T> {}
    }

    private final Maker<T, X, Y> maker;
    private final BlockingQueue<Outcome<T>> outcomes;
    private final Thread thread;
    private volatile boolean stopped;
    private @Nullable Outcome<T> last;

    /** Begins to make things, each while one waits to be taken. */
    public ProducerThread(String threadName, Maker<T, X, Y> maker) {
        this(threadName, 1, maker);
    }

    /**
     * Begins to make things.
     *
     * @param waiting how many that were made wait to be taken at most
     */
    public ProducerThread(String threadName, int waiting, Maker<T, X, Y> maker) {
        this.maker = maker;
        this.outcomes = new ArrayBlockingQueue<>(waiting);
        this.thread = Thread.ofPlatform().name(threadName).daemon().start(this::run);
    }

    private void run() {
        try {
            Outcome<T> outcome;
            do {
                outcome = outcome();
                hand(outcome);
            } while (outcome instanceof Outcome.Made);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Outcome<T> outcome() {
        try {
            var made = maker.next();
            return made == null ? new Outcome.End<>() : new Outcome.Made<>(made);
        } catch (Throwable e) {
            return new Outcome.Failed<>(e);
        }
    }

    private void hand(Outcome<T> outcome) throws InterruptedException {
        try {
            if (stopped) {
                throw new InterruptedException();
            }
            outcomes.put(outcome);
        } catch (InterruptedException e) {
            discard(outcome);
            throw e;
        }
    }

    private void discard(@Nullable Outcome<T> outcome) {
        if (outcome instanceof Outcome.Made<T>(var made)) {
            maker.discard(made);
        }
    }

    /**
     * Waits for the next.
     *
     * @return null after the last
     * @throws X or Y or an unchecked exception that the maker threw, again each time; its errors come as the cause of an
     *     {@link IllegalStateException}
     * @throws CancellationException when the waiting thread is interrupted, which it stays
     */
    public @Nullable T take() throws X, Y {
        var outcome = last == null ? await() : last;
        return switch (outcome) {
            case Outcome.Made<T>(var made) -> made;
            case Outcome.End<T>() -> {
                last = outcome;
                yield null;
            }
            case Outcome.Failed<T>(var failure) -> {
                last = outcome;
                throw thrown(failure);
            }
        };
    }

    /** A thread that died without a word, as one may that can't even tell of a failure, is a failure too. */
    private Outcome<T> await() {
        try {
            for (boolean alive = true; ; alive = thread.isAlive()) {
                var outcome = outcomes.poll(alive ? STILL_ALIVE.toMillis() : 0, TimeUnit.MILLISECONDS);
                if (outcome != null) {
                    return outcome;
                }
                if (!alive) {
                    return new Outcome.Failed<>(new IllegalStateException(thread.getName() + " ended without a word"));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("Interrupted while waiting").initCause(e);
        }
    }

    /** The maker throws no other checked exceptions. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private RuntimeException thrown(Throwable failure) throws X {
        return switch (failure) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> new IllegalStateException(thread.getName() + " failed", error);
            default -> throw (X) failure;
        };
    }

    /**
     * Ends the thread: when this returns, the maker is idle. A query may begin just after it was cancelled, so that is
     * done until the thread has ended.
     */
    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        boolean interrupted = Thread.interrupted();
        while (thread.isAlive()) {
            try {
                if (!thread.join(GRACE)) {
                    cancel();
                    thread.join(CANCEL_INTERVAL);
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        outcomes.forEach(this::discard);
        outcomes.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("CatchingUnchecked")
    private void cancel() {
        try {
            maker.cancel();
        } catch (Exception e) {
            LOG.warn("{} could not be cancelled: {}", thread.getName(), e.getMessage());
        }
    }
}
