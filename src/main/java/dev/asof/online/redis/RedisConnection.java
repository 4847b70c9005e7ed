package dev.asof.online.redis;

import dev.asof.online.OnlineStoreFullException;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection to Redis, shared by any number of threads. It is made when first needed, so that the server starts and
 * answers without Redis, and made anew when it breaks: then it may lead to another process, so that whoever needs to
 * stay with one holds on to its {@link RedisLink}. Whatever goes wrong is UNAVAILABLE.
 */
final class RedisConnection implements AutoCloseable {

    /** How long after an attempt that failed nobody makes another. */
    private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();

    /** Nothing is known of Redis: it was not asked. */
    private static final class NotTriedException extends RedisException {

        private static final long serialVersionUID = 1L;

        NotTriedException() {
            super("Redis could not be reached a moment ago");
        }
    }

    private final RedisClient client;
    private final RedisURI uri;
    private final Duration timeout;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable RedisLink link;

    /** When the last attempt that failed came to its end: attempts alone move it, or many callers would keep Redis away. */
    private volatile long failedAt = System.nanoTime() - PAUSE_NANOS;

    /** @param timeout how long {@link #await} waits for a reply */
    RedisConnection(RedisClient client, RedisURI uri, Duration timeout) {
        this.client = client;
        this.uri = uri;
        this.timeout = timeout;
    }

    /** Whether there is a connection now; makes none. */
    boolean isOpen() {
        var open = link;
        return open != null && open.isOpen();
    }

    /** How long a reply is waited for, where nothing else is said. */
    Duration timeout() {
        return timeout;
    }

    /** The connection as it is now, made if there is none. */
    RedisLink link() {
        var open = link;
        return open != null && open.isOpen() ? open : connect();
    }

    /** Sends a command; its reply is to be awaited here too. */
    <T> Future<T> send(Function<RedisAsyncCommands<byte[], byte[]>, Future<T>> command) {
        return send(link(), command);
    }

    /** Sends a command to one process and no other. */
    <T> Future<T> send(RedisLink to, Function<RedisAsyncCommands<byte[], byte[]>, Future<T>> command) {
        try {
            return command.apply(to.connection().async());
        } catch (RedisException e) {
            throw unavailable(e);
        }
    }

    /** Sends commands to one process in one go, for rows that have taken room; each reply gives back its own. */
    void sendAll(RedisLink to, List<RowsCommand> commands) {
        for (RowsCommand command : commands) {
            command.whenComplete((_, _) -> to.room().release(command.rows()));
        }
        try {
            dispatch(to.connection(), commands);
        } catch (RedisException e) {
            commands.forEach(command -> command.completeExceptionally(e));
            throw unavailable(e);
        }
    }

    /** A single one is written and flushed in one step; a list takes two, and may wake the connection's thread twice. */
    private static void dispatch(StatefulRedisConnection<byte[], byte[]> connection, List<RowsCommand> commands) {
        if (commands.size() == 1) {
            connection.dispatch(commands.getFirst());
        } else {
            connection.dispatch(commands);
        }
    }

    /** Sends a command for rows that have taken room, which the reply gives back. */
    <T> Future<T> sendRows(
            RedisLink to, int rows, Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        try {
            RedisFuture<T> reply = command.apply(to.connection().async());
            reply.whenComplete((_, _) -> to.room().release(rows));
            return reply;
        } catch (RedisException e) {
            to.room().release(rows);
            throw unavailable(e);
        }
    }

    /** Takes room for rows on a connection, waiting for it as long as for a reply; whether there was some in time. */
    boolean awaitRoom(RedisLink on, int rows) {
        try {
            return on.room().tryAcquire(rows, timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        }
    }

    /** Waits for a reply that is never nil; one that comes too late is dropped. */
    <T> T await(Future<T> reply) {
        return awaitOptional(reply).orElseThrow(() -> new IllegalStateException("Redis answered nil"));
    }

    /**
     * Waits for a reply; nil is empty. The client's one timer ends waiting that is in vain: a thread that parks with a
     * timeout of its own wakes another each time.
     */
    <T> Optional<T> awaitOptional(Future<T> reply) {
        return await(reply, timeout);
    }

    /** The same, waiting as long as given. */
    <T> Optional<T> await(Future<T> reply, Duration longest) {
        if (reply.state() == Future.State.SUCCESS) {
            return Optional.ofNullable(reply.resultNow());
        }
        var timer = client.getResources().timer();
        var end = timer.newTimeout(_ -> reply.cancel(true), longest.toNanos(), TimeUnit.NANOSECONDS);
        try {
            return Optional.ofNullable(reply.get());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof RedisException redis ? redis : e;
            throw OnlineStoreFullException.isCause(cause) ? new OnlineStoreFullException(cause) : unavailable(cause);
        } catch (CancellationException e) {
            throw unavailable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        } finally {
            end.cancel();
        }
    }

    /** Whether a failure says nothing of Redis, because it was not asked. */
    static boolean wasNotTried(AsofException failure) {
        return failure.getCause() instanceof NotTriedException;
    }

    static AsofException unavailable(Throwable cause) {
        return new AsofException(ErrorCode.UNAVAILABLE, "The online store does not answer; try again", cause);
    }

    /** Gives the connection up, and with it every reply that is still awaited: nobody waits for a process that hangs. */
    void drop() {
        var open = link;
        if (open != null && open.isOpen()) {
            open.connection().closeAsync();
        }
    }

    private RedisLink connect() {
        connecting.lock();
        try {
            var open = link;
            if (open != null && open.isOpen()) {
                return open;
            }
            // callers that waited for an attempt that failed must not each make another
            if (System.nanoTime() - failedAt < PAUSE_NANOS) {
                throw unavailable(new NotTriedException());
            }
            return attempt();
        } finally {
            connecting.unlock();
        }
    }

    private RedisLink attempt() {
        boolean failed = true;
        try {
            var made = greet(client.connect(ByteArrayCodec.INSTANCE, uri));
            link = made;
            failed = false;
            return made;
        } catch (RedisException e) {
            throw unavailable(e);
        } finally {
            if (failed) {
                failedAt = System.nanoTime();
            }
        }
    }

    private RedisLink greet(StatefulRedisConnection<byte[], byte[]> connection) {
        try {
            String server =
                    await(connection.async().info("server"), uri.getTimeout()).orElse("");
            return new RedisLink(connection, new RedisInfo(server).required("run_id"));
        } catch (RuntimeException e) {
            connection.closeAsync();
            throw e;
        }
    }

    @Override
    public void close() {
        var open = link;
        if (open != null && open.isOpen()) {
            open.connection().close();
        }
    }
}
