package dev.asof.ingestion;

import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.OutageLog;
import dev.asof.shared.RowSequence;
import dev.asof.shared.SourceName;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Service;

/**
 * Accepts batches. Whatever its size, a batch is one transaction: its rows, feature rows, quarantined rows, idempotency
 * key and what the online store is owed commit together. Small batches without a key share transactions
 * ({@link SmallBatches}); the others stream through one each.
 */
@Service
class RowIngestion {

    private static final Logger LOG = LoggerFactory.getLogger(RowIngestion.class);
    private static final OutageLog POSTGRES_AWAY = new OutageLog(LOG);
    private static final int CHUNK_ROWS = 32_768;
    private static final int CHUNK_BYTES = 4 * 1024 * 1024;

    /** Each holds a connection, a core's worth of work and two chunks of memory. */
    private static final int STREAMED_AT_ONCE = 4;

    private final Registry registry;
    private final ContractReaders readers;
    private final IdempotencyKeys idempotencyKeys;
    private final SmallBatches smallBatches;
    private final IngestionMetrics metrics;
    private final BatchTransaction transaction;
    private final Clock clock;
    private final Semaphore streams = new Semaphore(STREAMED_AT_ONCE, true);

    RowIngestion(
            Registry registry,
            ContractReaders readers,
            IdempotencyKeys idempotencyKeys,
            SmallBatches smallBatches,
            IngestionMetrics metrics,
            BatchTransaction transaction,
            Clock clock) {
        this.registry = registry;
        this.readers = readers;
        this.idempotencyKeys = idempotencyKeys;
        this.smallBatches = smallBatches;
        this.metrics = metrics;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** The push source of a name; one that cannot be a name is as unknown as any other. */
    SourceName known(String name) {
        return KnownSources.requirePushed(registry.current(), name);
    }

    /**
     * Accepts the rows of a body as one batch.
     *
     * @param principal who sends it, within whom idempotency keys are unique
     * @throws AsofException when it is refused; then nothing of it is stored
     */
    BatchAnswer accept(
            SourceName source, RowFormat format, ReceivedBody body, String principal, Optional<String> idempotencyKey) {
        long start = System.nanoTime();
        Outcome outcome = store(source, format, body, principal, idempotencyKey);
        if (outcome.isNew()) {
            metrics.accepted(source, outcome.answer(), Duration.ofNanos(System.nanoTime() - start));
        }
        return outcome.answer();
    }

    private Outcome store(
            SourceName source, RowFormat format, ReceivedBody body, String principal, Optional<String> idempotencyKey) {
        if (idempotencyKey.isEmpty() && body.isSmall() && format != RowFormat.PARQUET) {
            return new Outcome(smallBatches.accept(source, format, body), true);
        }
        var claim = idempotencyKey.map(
                key -> new IdempotencyKeys.Claim(principal, source, key, format + ":" + body.hash()));
        streams.acquireUninterruptibly();
        try {
            readers.check(format, body.open());
            return stream(source, format, body, claim);
        } finally {
            streams.release();
        }
    }

    /** A batch that is committed; or one that was before, which has nothing left to bring online. */
    private record Outcome(BatchAnswer answer, boolean isNew) {}

    private Outcome stream(
            SourceName source, RowFormat format, ReceivedBody body, Optional<IdempotencyKeys.Claim> claim) {
        return transaction.run(source, batches -> store(batches, format, body, claim), (stored, online) -> {
            if (!stored.isNew()) {
                return stored;
            }
            BatchAnswer answer = stored.answer().with(online);
            claim.ifPresent(key -> keepFirstAnswer(key, answer));
            return new Outcome(answer, true);
        });
    }

    private Outcome store(
            OpenBatches batches, RowFormat format, ReceivedBody body, Optional<IdempotencyKeys.Claim> claim) {
        Optional<BatchAnswer> earlier = claim.flatMap(key -> idempotencyKeys.claim(key, batches.now()));
        if (earlier.isPresent()) {
            return new Outcome(earlier.get(), false);
        }
        BatchAnswer answer = store(batches, format, body);
        claim.ifPresent(key -> idempotencyKeys.answer(key, answer));
        return new Outcome(answer, true);
    }

    /** The batch is accepted, so nothing that fails now may say otherwise. */
    private void keepFirstAnswer(IdempotencyKeys.Claim claim, BatchAnswer answer) {
        try {
            if (answer.online() != OnlineState.PENDING) {
                idempotencyKeys.answer(claim, answer);
            }
            idempotencyKeys.forgetSome(clock.instant());
        } catch (DataAccessException e) {
            POSTGRES_AWAY.met("Idempotency-Key '{}' keeps saying that its batch is pending: {}", claim.key(), e.getMessage());
        }
    }

    private BatchAnswer store(OpenBatches batches, RowFormat format, ReceivedBody body) {
        var tally = new BatchTally();
        BatchId batch = batches.begin(tally);
        var writer = batches.writer();
        try (var in = readers.open(format, body.open(), batches.source(), batches.views())) {
            ChunkPipeline.run("batch-" + batch, () -> nextChunk(batch, in, tally, writer));
            metrics.judge(tally, batches.source().definition());
            return tally.answer(batch, OnlineState.PENDING, in.ignoredColumns());
        }
    }

    private static BatchWriter.@Nullable Chunk nextChunk(
            BatchId batch, IncomingRows in, BatchTally tally, BatchWriter writer) {
        while (writer.bufferedRows() < CHUNK_ROWS && writer.bufferedBytes() < CHUNK_BYTES) {
            IncomingRow row = in.next();
            if (row == null) {
                return writer.bufferedRows() == 0 ? null : writer.cut();
            }
            if (row.number() > RowSequence.MAX_ROWS) {
                throw new AsofException(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        String.format(
                                Locale.ROOT,
                                "A batch holds at most %,d rows; send the file in parts",
                                RowSequence.MAX_ROWS));
            }
            tally.count(row);
            writer.add(batch, row);
        }
        return writer.cut();
    }
}
