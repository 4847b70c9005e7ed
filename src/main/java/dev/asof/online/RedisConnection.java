package dev.asof.online;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.RedisCommand;
import java.time.Duration;
import java.util.Collection;
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

    private static final long RETRY_AFTER_NANOS = Duration.ofMillis(200).toNanos();

    private final RedisClient client;
    private final RedisURI uri;
    private final Duration timeout;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable RedisLink link;
    private volatile long failedAt = System.nanoTime() - RETRY_AFTER_NANOS;

    /** @param timeout how long {@link #await} waits for a reply */
    RedisConnection(RedisClient client, RedisURI uri, Duration timeout) {
        this.client = client;
        this.uri = uri;
        this.timeout = timeout;
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

    /** Sends commands to one process in one go. */
    void sendAll(RedisLink to, Collection<? extends RedisCommand<byte[], byte[], ?>> commands) {
        try {
            to.connection().dispatch(commands);
        } catch (RedisException e) {
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

    private <T> Optional<T> await(Future<T> reply, Duration longest) {
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
            if (System.nanoTime() - failedAt < RETRY_AFTER_NANOS) {
                throw unavailable(new RedisException("Redis could not be reached a moment ago"));
            }
            var made = attempt();
            link = made;
            return made;
        } catch (RedisException e) {
            failedAt = System.nanoTime();
            throw unavailable(e);
        } catch (AsofException e) {
            failedAt = System.nanoTime();
            throw e;
        } finally {
            connecting.unlock();
        }
    }

    private RedisLink attempt() {
        var connection = client.connect(ByteArrayCodec.INSTANCE, uri);
        try {
            String server = await(connection.async().info("server"), uri.getTimeout()).orElse("");
            return new RedisLink(connection, new RedisInfo(server).required("run_id"));
        } catch (AsofException e) {
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
