package dev.asof.ingestion.batch;

import dev.asof.formats.RowFormat;
import dev.asof.http.Caller;
import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.KnownSources;
import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.batch.IdempotencyKeys.Claim;
import dev.asof.ingestion.batch.IdempotencyKeys.Outcome;
import dev.asof.ingestion.contract.ContractReaders;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.ingestion.contract.IncomingRows;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.EndableWork;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.OutageLog;
import dev.asof.shared.RowSequence;
import dev.asof.shared.SourceName;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Service;

/**
 * Accepts batches. Whatever its size, a batch is one transaction: its rows, feature rows, quarantined rows, idempotency
 * key and what the online store is owed commit together. Small batches share transactions ({@link SmallBatches}); the
 * others stream through one each.
 */
@Service
class RowIngestion {

    private static final Logger LOG = LoggerFactory.getLogger(RowIngestion.class);
    private static final OutageLog POSTGRES_AWAY = new OutageLog(LOG);

    /** Each holds a connection, a core's worth of work and two chunks of memory. */
    private static final int STREAMED_AT_ONCE = 4;

    private static final int SMALL_STREAMED_AT_ONCE = 2;

    private final Registry registry;
    private final ContractReaders readers;
    private final IdempotencyKeys keys;
    private final SmallBatches smallBatches;
    private final IngestionMetrics metrics;
    private final BatchTransaction transaction;
    private final Clock clock;
    private final Semaphore streams = new Semaphore(STREAMED_AT_ONCE, true);

    /** A lane of their own for small bodies that can't share a transaction, so that they don't wait for large ones. */
    private final Semaphore smallStreams = new Semaphore(SMALL_STREAMED_AT_ONCE, true);

    RowIngestion(
            Registry registry,
            ContractReaders readers,
            IdempotencyKeys keys,
            SmallBatches smallBatches,
            IngestionMetrics metrics,
            BatchTransaction transaction,
            Clock clock) {
        this.registry = registry;
        this.readers = readers;
        this.keys = keys;
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
     * @param caller who sends it, within whom idempotency keys are unique
     * @throws AsofException when it is refused; then nothing of it is stored
     */
    BatchAnswer accept(
            SourceName source, RowFormat format, ReceivedBody body, Caller caller, Optional<String> idempotencyKey) {
        long start = System.nanoTime();
        var claim = idempotencyKey.map(key -> new Claim(caller.name(), source, key, format + ":" + body.hash()));
        Receipt receipt = accept(source, format, body, claim);
        if (receipt.isNew()) {
            metrics.accepted(source, receipt.answer(), Duration.ofNanos(System.nanoTime() - start));
        }
        return receipt.answer();
    }

    private Receipt accept(SourceName source, RowFormat format, ReceivedBody body, Optional<Claim> claim) {
        if (body.isSmall() && !format.describesItself()) {
            return smallBatches.accept(source, format, body, claim);
        }
        Semaphore lane = body.isSmall() ? smallStreams : streams;
        EndableWork.whileWanted(() -> enter(lane));
        try {
            EndableWork.whileWanted(() -> {
                readers.check(format, body.open());
                return lane;
            });
            return stream(source, format, body, claim);
        } finally {
            lane.release();
        }
    }

    private static Semaphore enter(Semaphore lane) {
        try {
            lane.acquire();
            return lane;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("Interrupted while waiting").initCause(e);
        }
    }

    private Receipt stream(SourceName source, RowFormat format, ReceivedBody body, Optional<Claim> claim) {
        return transaction.run(
                source, BatchKind.PUSH, batches -> store(batches, format, body, claim), (stored, online) -> {
                    if (!stored.isNew()) {
                        return stored;
                    }
                    BatchAnswer answer = stored.answer().with(online);
                    claim.ifPresent(key -> keepFirstAnswer(key, answer));
                    return new Receipt(answer, true);
                });
    }

    private Receipt store(OpenBatches batches, RowFormat format, ReceivedBody body, Optional<Claim> claim) {
        var outcome = claim.map(key -> Objects.requireNonNull(
                        keys.claim(List.of(key), batches.now()).get(key)))
                .orElseGet(Outcome.First::new);
        return switch (outcome) {
            case Outcome.First() -> {
                BatchAnswer answer = store(batches, format, body);
                claim.ifPresent(key -> keys.answer(Map.of(key, answer)));
                yield new Receipt(answer, true);
            }
            case Outcome.Repeated(BatchAnswer answer) -> new Receipt(answer, false);
            case Outcome.Refused(AsofException why) -> throw why;
        };
    }

    /** The batch is accepted, so nothing that fails now may say otherwise. */
    private void keepFirstAnswer(Claim claim, BatchAnswer answer) {
        try {
            if (answer.online() != OnlineState.PENDING) {
                keys.answerAgain(Map.of(claim, answer));
            }
            keys.forgetSome(clock.instant());
        } catch (DataAccessException e) {
            POSTGRES_AWAY.met(
                    "Idempotency-Key '{}' keeps saying that its batch is pending: {}", claim.key(), e.getMessage());
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
        while (!writer.isFull()) {
            HeavyWork.goOn();
            IncomingRow row = in.next();
            if (row == null) {
                return writer.isEmpty() ? null : writer.cut();
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
