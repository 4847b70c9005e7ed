package dev.asof.shared;

import java.io.Serial;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a thread does for somebody who may leave: then it is ended from outside, but only in those parts that say so
 * ({@link #whileWanted}), which keep nothing of what they did when they fail. So a commit, and what has to follow one, is
 * never broken off. A part is ended by interrupting its thread, which {@link HeavyWork#goOn} and waiting notice.
 */
public final class EndableWork implements AutoCloseable {

    private static final ThreadLocal<@Nullable EndableWork> CURRENT = new ThreadLocal<>();

    private final Thread thread = Thread.currentThread();
    private final Set<Query> queries = ConcurrentHashMap.newKeySet();
    private int depth;
    private boolean ended;

    private EndableWork() {}

    /** It was ended, because nobody waits for it any more; nothing of it was kept. */
    public static final class EndedException extends CancellationException {

        @Serial
        private static final long serialVersionUID = 1L;

        private EndedException() {
            super("Nobody waits for it any more");
        }
    }

    /** Something that may throw two kinds of checked exceptions. */
    @FunctionalInterface
    public interface Part<T extends @Nullable Object, X extends Exception, Y extends Exception> {
        T run() throws X, Y;
    }

    /** What runs elsewhere for a part, where no interruption is noticed; until it is closed. */
    public static final class Query implements AutoCloseable {

        private final @Nullable EndableWork work;
        private final Runnable cancel;
        private boolean closed;

        private Query(@Nullable EndableWork work, Runnable cancel) {
            this.work = work;
            this.cancel = cancel;
            if (work != null) {
                work.queries.add(this);
            }
        }

        private synchronized void cancel() {
            if (!closed) {
                cancel.run();
            }
        }

        /** It isn't cancelled any more when this returns. */
        @Override
        public void close() {
            if (work != null) {
                work.queries.remove(this);
            }
            synchronized (this) {
                closed = true;
            }
        }
    }

    /** What this thread does from now on, until it is closed by the same thread. */
    public static EndableWork begin() {
        var work = new EndableWork();
        CURRENT.set(work);
        return work;
    }

    /**
     * Does a part that ends when nobody wants it any more. Parts may be in parts. On a thread whose work nobody watches it
     * is as if it were called without.
     *
     * @throws EndedException when it was ended, whatever it threw, or one before it was. What is done all the same
     *     is returned, so that nothing it holds gets lost
     */
    public static <T extends @Nullable Object, X extends Exception, Y extends Exception> T whileWanted(
            Part<T, X, Y> part) throws X, Y {
        var work = CURRENT.get();
        return work == null ? part.run() : work.run(part);
    }

    /**
     * Names what this thread's part waits for.
     *
     * @param cancel called by another thread when the part is ended, and again until the query is closed
     */
    public static Query over(Runnable cancel) {
        return new Query(CURRENT.get(), cancel);
    }

    private <T extends @Nullable Object, X extends Exception, Y extends Exception> T run(Part<T, X, Y> part)
            throws X, Y {
        enter();
        T result;
        try {
            result = part.run();
        } catch (Throwable e) {
            if (leave() && !(e instanceof EndedException)) {
                throw (EndedException) new EndedException().initCause(e);
            }
            throw e;
        }
        leave();
        return result;
    }

    private synchronized void enter() {
        if (ended && depth == 0) {
            throw new EndedException();
        }
        depth++;
    }

    /**
     * The thread goes on without being interrupted: what has to be put in order is put in order.
     *
     * @return whether it was ended
     */
    private synchronized boolean leave() {
        depth--;
        if (ended && depth == 0) {
            var _ = Thread.interrupted();
        }
        return ended;
    }

    /** Ends the part under way, if there is one; to be called again, as interruptions get lost. Any thread may call it. */
    public void end() {
        synchronized (this) {
            if (depth == 0) {
                return;
            }
            ended = true;
            thread.interrupt();
        }
        queries.forEach(Query::cancel);
    }

    @Override
    public void close() {
        CURRENT.remove();
    }
}
