package dev.asof.online;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection to Redis, shared by any number of threads. It is made when first needed, so that the server starts
 * and answers without Redis, and makes itself again when it breaks. Whatever goes wrong is UNAVAILABLE.
 */
final class RedisConnection implements AutoCloseable {

    private static final long RETRY_AFTER_NANOS = Duration.ofMillis(500).toNanos();

    private final RedisClient client;
    private final RedisURI uri;
    private final Duration timeout;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable StatefulRedisConnection<byte[], byte[]> connection;
    private volatile long failedAt = System.nanoTime() - RETRY_AFTER_NANOS;

    /** @param timeout how long {@link #await} waits for a reply */
    RedisConnection(RedisClient client, RedisURI uri, Duration timeout) {
        this.client = client;
        this.uri = uri;
        this.timeout = timeout;
    }

    /** Sends a command; its reply is to be awaited here too. */
    <T> Future<T> send(Function<RedisClusterAsyncCommands<byte[], byte[]>, Future<T>> command) {
        try {
            var open = connection;
            return command.apply((open != null ? open : connect()).async());
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
        var timer = client.getResources().timer();
        var end = timer.newTimeout(_ -> reply.cancel(true), timeout.toNanos(), TimeUnit.NANOSECONDS);
        try {
            return Optional.ofNullable(reply.get());
        } catch (ExecutionException e) {
            throw unavailable(e.getCause() instanceof RedisException cause ? cause : e);
        } catch (CancellationException e) {
            throw unavailable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(e);
        } finally {
            end.cancel();
        }
    }

    private static AsofException unavailable(Throwable cause) {
        return new AsofException(ErrorCode.UNAVAILABLE, "The online store does not answer; try again", cause);
    }

    private StatefulRedisConnection<byte[], byte[]> connect() {
        connecting.lock();
        try {
            var open = connection;
            if (open != null) {
                return open;
            }
            // callers that waited for an attempt that failed must not each make another
            if (System.nanoTime() - failedAt < RETRY_AFTER_NANOS) {
                throw new RedisException("Redis could not be reached a moment ago");
            }
            return attempt();
        } finally {
            connecting.unlock();
        }
    }

    private StatefulRedisConnection<byte[], byte[]> attempt() {
        try {
            var made = client.connect(ByteArrayCodec.INSTANCE, uri);
            connection = made;
            return made;
        } catch (RedisException e) {
            failedAt = System.nanoTime();
            throw e;
        }
    }

    @Override
    public void close() {
        var open = connection;
        if (open != null) {
            open.close();
        }
    }
}
