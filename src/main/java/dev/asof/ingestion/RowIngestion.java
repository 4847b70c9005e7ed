package dev.asof.ingestion;

import dev.asof.offline.OfflineStore;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.RowSequence;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
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
    private static final int CHUNK_ROWS = 32_768;
    private static final int CHUNK_BYTES = 4 * 1024 * 1024;

    /** Each holds a connection, a core's worth of work and two chunks of memory. */
    private static final int STREAMED_AT_ONCE = 4;

    private final Registry registry;
    private final OfflineStore offline;
    private final BatchMaterializer materializer;
    private final ContractReaders readers;
    private final Batches batches;
    private final IdempotencyKeys idempotencyKeys;
    private final SmallBatches smallBatches;
    private final IngestionMetrics metrics;
    private final BatchTransaction transaction;
    private final Clock clock;
    private final Semaphore streams = new Semaphore(STREAMED_AT_ONCE, true);

    RowIngestion(
            Registry registry,
            OfflineStore offline,
            BatchMaterializer materializer,
            ContractReaders readers,
            Batches batches,
            IdempotencyKeys idempotencyKeys,
            SmallBatches smallBatches,
            IngestionMetrics metrics,
            BatchTransaction transaction,
            Clock clock) {
        this.registry = registry;
        this.offline = offline;
        this.materializer = materializer;
        this.readers = readers;
        this.batches = batches;
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
            return stream(source, format, body, claim);
        } finally {
            streams.release();
        }
    }

    /** A batch that is committed; or one that was before, which has nothing left to bring online. */
    private record Outcome(BatchAnswer answer, boolean isNew) {}

    private Outcome stream(
            SourceName source, RowFormat format, ReceivedBody body, Optional<IdempotencyKeys.Claim> claim) {
        try (var work = new Work()) {
            Outcome outcome = transaction.run(() -> store(source, format, body, claim, work));
            if (!outcome.isNew()) {
                return outcome;
            }
            BatchAnswer answer = outcome.answer().with(work.materialization().publish());
            claim.ifPresent(key -> keepFirstAnswer(key, answer));
            return new Outcome(answer, true);
        }
    }

    private Outcome store(
            SourceName source,
            RowFormat format,
            ReceivedBody body,
            Optional<IdempotencyKeys.Claim> claim,
            Work work) {
        RegistrySnapshot snapshot = registry.shareSource(source);
        Instant now = Timestamps.truncated(clock.instant());
        Optional<BatchAnswer> earlier = claim.flatMap(key -> idempotencyKeys.claim(key, now));
        if (earlier.isPresent()) {
            return new Outcome(earlier.get(), false);
        }
        List<RegisteredView> views = snapshot.liveViews(source);
        var materialization = work.begin(materializer.begin(snapshot.source(source), views));
        BatchAnswer answer = store(snapshot.source(source), views, format, body, materialization, now);
        claim.ifPresent(key -> idempotencyKeys.answer(key, answer));
        return new Outcome(answer, true);
    }

    /** Sees to it that a materialization that was begun is closed, whatever becomes of its transaction. */
    private static final class Work implements AutoCloseable {

        private BatchMaterializer.@Nullable Materialization begun;

        BatchMaterializer.Materialization begin(BatchMaterializer.Materialization materialization) {
            begun = materialization;
            return materialization;
        }

        BatchMaterializer.Materialization materialization() {
            return Objects.requireNonNull(begun);
        }

        @Override
        public void close() {
            if (begun != null) {
                begun.close();
            }
        }
    }

    /** The batch is accepted, so nothing that fails now may say otherwise. */
    private void keepFirstAnswer(IdempotencyKeys.Claim claim, BatchAnswer answer) {
        try {
            if (answer.online() == OnlineState.APPLIED) {
                idempotencyKeys.answer(claim, answer);
            }
            idempotencyKeys.forgetSome(clock.instant());
        } catch (DataAccessException e) {
            LOG.warn("Idempotency-Key '{}' keeps saying that its batch is pending: {}", claim.key(), e.getMessage());
        }
    }

    private BatchAnswer store(
            RegisteredSource source,
            List<RegisteredView> views,
            RowFormat format,
            ReceivedBody body,
            BatchMaterializer.Materialization materialization,
            Instant now) {
        var tally = new BatchTally();
        BatchId batch = batches.begin(source.definition().name(), now, List.of(tally)).getFirst();
        var writer = new BatchWriter(offline, source, materialization, now);
        try (var in = readers.open(format, body.open(), source, views)) {
            ChunkPipeline.run("batch-" + batch, () -> nextChunk(batch, in, tally, writer));
            metrics.judge(tally, source.definition());
            batches.finish(batch, tally);
            materialization.recordPending(List.of(batch));
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
