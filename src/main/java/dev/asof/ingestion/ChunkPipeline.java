package dev.asof.ingestion;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Computes chunks on a thread of its own while the caller, who holds the transaction, stores the ones before: reading,
 * checking and computing keep one core busy, Postgres another. A platform thread, because it would otherwise occupy
 * one of the few carriers that all requests share.
 */
final class ChunkPipeline {

    private static final int CHUNKS_IN_FLIGHT = 2;
    private static final BatchWriter.Chunk END = () -> {};

    /** Gives the next chunk, or null when there are no more. */
    interface Producer {
        BatchWriter.@Nullable Chunk next();
    }

    private final BlockingQueue<BatchWriter.Chunk> chunks = new ArrayBlockingQueue<>(CHUNKS_IN_FLIGHT);
    private volatile @Nullable Throwable failure;

    private ChunkPipeline() {}

    /** Stores every chunk the producer gives, in order; throws what the producer threw. */
    static void run(String name, Producer producer) {
        new ChunkPipeline().storeAll(name, producer);
    }

    private void storeAll(String name, Producer producer) {
        Thread computing = Thread.ofPlatform().name("compute-" + name).daemon().start(() -> compute(producer));
        try {
            for (BatchWriter.Chunk chunk = chunks.take(); chunk != END; chunk = chunks.take()) {
                chunk.store();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while storing rows", e);
        } finally {
            finish(computing);
        }
        switch (failure) {
            case null -> {}
            case RuntimeException known -> throw known;
            case Throwable other -> throw new IllegalStateException("Computing rows failed", other);
        }
    }

    private void compute(Producer producer) {
        try {
            for (var chunk = producer.next(); chunk != null; chunk = producer.next()) {
                chunks.put(chunk);
            }
        } catch (InterruptedException e) {
            return;
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        try {
            chunks.put(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The producer's reader must be idle before the caller closes it. */
    private static void finish(Thread computing) {
        boolean interrupted = Thread.interrupted();
        computing.interrupt();
        while (computing.isAlive()) {
            try {
                computing.join(TimeUnit.SECONDS.toMillis(1));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
