package dev.asof.ingestion.batch;

import dev.asof.shared.HeavyWork;
import dev.asof.shared.ProducerThread;
import org.jspecify.annotations.Nullable;

/**
 * Computes chunks on a thread of its own while the caller, who holds the transaction, stores the ones before: reading,
 * checking and computing keep one core busy, Postgres another.
 */
final class ChunkPipeline {

    private static final int CHUNKS_WAITING = 2;

    /** Gives the next chunk, or null when there are no more. */
    interface Producer {
        BatchWriter.@Nullable Chunk next();
    }

    private ChunkPipeline() {}

    /**
     * Stores every chunk the producer gives, in order; throws what the producer threw. The producer is idle when this
     * returns.
     */
    static void run(String name, Producer producer) {
        try (var chunks = new ProducerThread<BatchWriter.Chunk, RuntimeException, RuntimeException>(
                "compute-" + name, CHUNKS_WAITING, producer::next)) {
            for (var chunk = chunks.take(); chunk != null; chunk = chunks.take()) {
                chunk.store();
                HeavyWork.goOn();
            }
        }
    }
}
