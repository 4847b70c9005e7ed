package dev.asof.offline;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes things in a thread of its own: while one waits to be taken, the next is made. Taken from and closed by one thread.
 *
 * @param <T> what is made
 */
public final class Ahead<T> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Ahead.class);
    private static final Duration GRACE = Duration.ofMillis(1);
    private static final Duration CANCEL_INTERVAL = Duration.ofMillis(100);

    /** How things are made. */
    @FunctionalInterface
    public interface Maker<T> {

        /** Makes the next; null after the last. */
        @Nullable T next() throws SQLException, IOException;

        /** Ends what is being made, if it takes long; called by another thread, and again. */
        default void cancel() throws SQLException {}

        /** Called with what nobody will take. */
        default void discard(T unwanted) {}
    }

    private sealed interface Outcome<T> {

        record Made<T>(T made) implements Outcome<T> {}

        record End<T>() implements Outcome<T> {}

        record Failed<T>(Exception exception) implements Outcome<T> {}
    }

    private final Maker<T> maker;
    private final BlockingQueue<Outcome<T>> outcomes = new ArrayBlockingQueue<>(1);
    private final Thread thread;
    private volatile boolean stopped;
    private boolean atEnd;

    /** Begins to make things. */
    public Ahead(String threadName, Maker<T> maker) {
        this.maker = maker;
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
        } catch (SQLException | IOException | RuntimeException e) {
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
     * @throws SQLException or another exception that the maker threw
     */
    public @Nullable T take() throws SQLException, IOException {
        if (atEnd) {
            return null;
        }
        return switch (outcome(outcomes)) {
            case Outcome.Made<T>(var made) -> made;
            case Outcome.End<T>() -> {
                atEnd = true;
                yield null;
            }
            case Outcome.Failed<T>(SQLException e) -> throw e;
            case Outcome.Failed<T>(IOException e) -> throw e;
            case Outcome.Failed<T>(RuntimeException e) -> throw e;
            case Outcome.Failed<T>(var e) -> throw new IllegalStateException(e);
        };
    }

    private static <T> Outcome<T> outcome(BlockingQueue<Outcome<T>> outcomes) {
        try {
            return outcomes.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed<>(new IOException("Interrupted while waiting", e));
        }
    }

    /** Ends the thread. A query may begin just after it was cancelled, so that is done until the thread has ended. */
    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            while (!thread.join(GRACE)) {
                maker.cancel();
                thread.join(CANCEL_INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            LOG.warn("A query could not be cancelled: {}", e.getMessage());
        }
        discard(outcomes.poll());
    }
}
