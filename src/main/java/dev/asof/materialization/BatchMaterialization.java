package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.ingestion.Published;
import dev.asof.offline.LogRow;
import dev.asof.offline.tile.StoredTiles;
import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineStoreFullException;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.OutageLog;
import dev.asof.shared.SourceName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * What the batches of one transaction bring to the view versions of their source, and what of it the online store is owed
 * until it has it.
 */
final class BatchMaterialization implements BatchMaterializer.Materialization {

    private static final Logger LOG = LoggerFactory.getLogger(BatchMaterialization.class);
    private static final OutageLog REDIS_AWAY = new OutageLog(LOG);
    private static final OutageLog POSTGRES_AWAY = new OutageLog(LOG);

    /** After which the work of a batch whose server died, or found Redis away, is taken up again. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** The same where this server knows that it failed. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** The same for batches of so many keys that bringing them online takes long; begun anew while that goes on. */
    private static final Duration GRACE_FOR_MANY_KEYS = Duration.ofMinutes(2);

    private static final Duration BETWEEN_HOLDS = Duration.ofSeconds(20);

    /**
     * Where it stands what is still to be brought online.
     *
     * @param outbox in Postgres
     * @param settled what is to be struck off there
     * @param unpublished what this server's lookups have to know
     * @param tiles in Postgres, which are true of what has committed
     */
    record Records(
            OnlineOutbox outbox, SettledWork settled, UnpublishedBatches unpublished, StoredTiles tiles, Clock clock) {}

    private final Records records;
    private final SourceName source;
    private final List<ViewOutput.OfBatches> outputs;
    private final FutureRows future;
    private List<BatchId> batches = List.of();
    private Instant held;

    BatchMaterialization(Records records, SourceName source, List<ViewOutput.OfBatches> outputs, FutureRows future) {
        this.records = records;
        this.source = source;
        this.outputs = outputs;
        this.future = future;
        this.held = records.clock().instant();
    }

    @Override
    public void add(LogRow row) {
        for (ViewOutput.OfBatches output : outputs) {
            output.add(row);
        }
    }

    @Override
    public BatchMaterializer.Chunk cut() {
        List<BatchMaterializer.Chunk> chunks =
                outputs.stream().map(ViewOutput.OfBatches::cut).toList();
        return () -> chunks.forEach(BatchMaterializer.Chunk::store);
    }

    @Override
    public void recordPending(Collection<BatchId> accepted) {
        batches = List.copyOf(accepted);
        boolean isLarge = outputs.stream().anyMatch(ViewOutput.OfBatches::isLarge);
        Instant retry = records.clock().instant().plus(isLarge ? GRACE_FOR_MANY_KEYS : GRACE);
        if (!withRowsAhead().isEmpty()) {
            Instant due = future.firstDue();
            records.outbox().record(source, withRowsAhead(), due.isBefore(retry) ? due : retry);
        }
        if (!allDue().isEmpty()) {
            records.outbox().record(source, allDue(), retry);
        }
        // the last of all, as others may wait from here on
        records.tiles()
                .keep(outputs.stream()
                        .flatMap(output -> output.touchedTiles().stream())
                        .toList());
    }

    private List<BatchId> withRowsAhead() {
        return batches.stream().filter(future.batches()::contains).toList();
    }

    private List<BatchId> allDue() {
        return batches.stream()
                .filter(batch -> !future.batches().contains(batch))
                .toList();
    }

    @Override
    public Published publish() {
        FencingTokens written;
        try {
            written = write();
        } catch (RuntimeException e) {
            tell(e);
            if (!(e instanceof OnlineStoreFullException)) {
                records.unpublished().add(batches);
            }
            retrySoon();
            return new Published(false, future.batches());
        }
        settle(written);
        return new Published(true, future.batches());
    }

    /** What isn't an outage is a fault of ours, of which each is told. */
    private void tell(RuntimeException e) {
        if (e instanceof AsofException away && away.code() == ErrorCode.UNAVAILABLE) {
            REDIS_AWAY.met("Batches are accepted but not online yet, {} among them: {}", batches, e.toString());
        } else if (e instanceof DataAccessException || e instanceof TransactionException) {
            POSTGRES_AWAY.met(
                    "Batches are accepted but could not be read to go online, {} among them: {}",
                    batches,
                    e.toString());
        } else {
            LOG.warn("Batches {} are accepted but not online yet", batches, e);
        }
    }

    private FencingTokens write() {
        FencingTokens written = FencingTokens.NONE;
        for (ViewOutput.OfBatches output : outputs) {
            written = written.and(output.publish(batches, this::holdOn));
        }
        return written;
    }

    /** Else it would be taken up by others, or by this server, while it is being done: twice the work, and for as long again. */
    private void holdOn() {
        Instant now = records.clock().instant();
        if (now.isBefore(held.plus(BETWEEN_HOLDS))) {
            return;
        }
        held = now;
        try {
            records.outbox().hold(allDue(), now.plus(GRACE_FOR_MANY_KEYS));
        } catch (DataAccessException | TransactionException e) {
            LOG.debug("Batches {} may be brought online by others too: {}", batches, e.getMessage());
        }
    }

    /** Without Postgres the work stays on the record and is done again; lookups miss nothing meanwhile. */
    private void settle(FencingTokens written) {
        if (!allDue().isEmpty()) {
            records.settled().add(allDue(), written);
        }
        if (withRowsAhead().isEmpty()) {
            return;
        }
        try {
            records.outbox().postpone(withRowsAhead(), written, future.now(), future.firstDue());
        } catch (DataAccessException e) {
            POSTGRES_AWAY.met("Batches {} are online, which can't be noted now: {}", batches, e.getMessage());
        }
    }

    private void retrySoon() {
        try {
            records.outbox().retry(batches, records.clock().instant().plus(RETRY_AFTER));
        } catch (DataAccessException e) {
            LOG.debug("It will be tried again when the batches' work is due: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        close(outputs.iterator());
    }

    /** All of them, even if some fail: files and permits of the others would stay taken. */
    private static void close(Iterator<ViewOutput.OfBatches> outputs) {
        if (outputs.hasNext()) {
            try (var _ = outputs.next()) {
                close(outputs);
            }
        }
    }
}
