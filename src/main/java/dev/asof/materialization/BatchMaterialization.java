package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.ingestion.Published;
import dev.asof.offline.FeatureTables;
import dev.asof.offline.LogRow;
import dev.asof.online.OnlineStore;
import dev.asof.online.OnlineStoreFullException;
import dev.asof.online.WrittenUnder;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.OutageLog;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * The feature rows of one transaction's batches. The newest row of each key is kept to go online after the
 * commit.
 */
final class BatchMaterialization implements BatchMaterializer.Materialization {

    private static final Logger LOG = LoggerFactory.getLogger(BatchMaterialization.class);
    private static final OutageLog REDIS_AWAY = new OutageLog(LOG);
    private static final OutageLog POSTGRES_AWAY = new OutageLog(LOG);

    /** After which the work of a batch whose server died, or found Redis away, is taken up again. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** The same where this server knows that it failed. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** The same for batches of so many keys that bringing them online takes long. */
    private static final Duration GRACE_FOR_MANY_KEYS = Duration.ofMinutes(2);

    /**
     * A feature row on its way to the offline store.
     *
     * <p>In the order of the index behind rule A1: rows that arrive in it find their place in pages that are at hand,
     * which halves what a million keys cost in Postgres.
     */
    private record Computed(long eventMicros, FeatureRow row, BatchId batch, Instant known)
            implements Comparable<Computed> {

        @Override
        public int compareTo(Computed other) {
            int byKey = row.key().compareTo(other.row.key());
            if (byKey != 0) {
                return byKey;
            }
            int newestFirst = Long.compare(other.eventMicros, eventMicros);
            return newestFirst != 0 ? newestFirst : Long.compare(other.row.rowSequence(), row.rowSequence());
        }
    }

    /** What a view version gets out of the batches. */
    private static final class Output {
        private final RegisteredView view;
        private final ViewProgram program;
        private final NewestRows newest;
        private List<Computed> rows = new ArrayList<>();

        private Output(RegisteredView view, ViewProgram program, NewestRows newest) {
            this.view = view;
            this.program = program;
            this.newest = newest;
        }
    }

    /** What batch materializations share. */
    record Stores(
            FeatureTables tables,
            RowCopier copier,
            OnlineStore online,
            OnlineWork work,
            SettledWork settled,
            UnpublishedBatches unpublished,
            OnlineWriter fromPostgres,
            long bytesInMemory,
            Semaphore spills,
            Clock clock) {}

    private final Stores stores;
    private final RegisteredSource source;
    private final List<Output> outputs;
    private final Instant now;

    /** When the next row of a batch falls due, of the batches that have rows ahead of the clock. */
    private final Map<BatchId, Instant> nextDue = new HashMap<>();

    private List<BatchId> batches = List.of();

    BatchMaterialization(
            Stores stores, RegisteredSource source, List<RegisteredView> views, ViewPrograms programs, Instant now) {
        this.stores = stores;
        this.source = source;
        this.now = now;
        this.outputs = views.stream()
                .map(view -> new Output(
                        view,
                        programs.of(view, source),
                        new NewestRows(stores.online(), view, stores.bytesInMemory() / views.size(), stores.spills())))
                .toList();
    }

    @Override
    public void add(LogRow row) {
        for (Output output : outputs) {
            FeatureRow features = output.program.apply(row);
            if (features != null) {
                output.rows.add(new Computed(
                        Timestamps.toMicros(features.eventTimestamp()), features, row.batch(), row.knownTimestamp()));
                keepForOnline(output, features, row.batch());
            }
        }
    }

    private void keepForOnline(Output output, FeatureRow row, BatchId batch) {
        Instant event = row.eventTimestamp();
        if (event.isAfter(now)) {
            nextDue.merge(batch, event, (one, other) -> one.isBefore(other) ? one : other);
        } else {
            output.newest.add(row);
        }
    }

    @Override
    public BatchMaterializer.Chunk cut() {
        List<RowBuffer> buffers = outputs.stream().map(this::encoded).toList();
        return () -> buffers.forEach(stores.copier()::copy);
    }

    private RowBuffer encoded(Output output) {
        RowBuffer buffer = stores.tables().buffer(output.view);
        Collections.sort(output.rows);
        for (Computed computed : output.rows) {
            stores.tables().append(buffer, output.view, computed.row(), computed.batch(), computed.known());
        }
        output.rows = new ArrayList<>(output.rows.size());
        return buffer;
    }

    @Override
    public void recordPending(Collection<BatchId> accepted) {
        batches = List.copyOf(accepted);
        Instant retry = stores.clock().instant().plus(hasManyKeys() ? GRACE_FOR_MANY_KEYS : GRACE);
        var name = source.definition().name();
        if (!ahead().isEmpty()) {
            Instant due = firstDue();
            stores.work().record(name, ahead(), due.isBefore(retry) ? due : retry);
        }
        if (!allDue().isEmpty()) {
            stores.work().record(name, allDue(), retry);
        }
    }

    private List<BatchId> ahead() {
        return batches.stream().filter(nextDue::containsKey).toList();
    }

    private List<BatchId> allDue() {
        return batches.stream().filter(batch -> !nextDue.containsKey(batch)).toList();
    }

    /** From then on each batch's record tells of its own rows. */
    private Instant firstDue() {
        return Collections.min(nextDue.values());
    }

    @Override
    public Published publish() {
        WrittenUnder written;
        try {
            written = write();
        } catch (RuntimeException e) {
            tell(e);
            if (!(e instanceof OnlineStoreFullException)) {
                stores.unpublished().add(batches);
            }
            retrySoon();
            return new Published(false, nextDue.keySet());
        }
        settle(written);
        return new Published(true, nextDue.keySet());
    }

    /** What isn't an outage is a fault of ours, of which each is told. */
    private void tell(RuntimeException e) {
        if (e instanceof AsofException away && away.code() == ErrorCode.UNAVAILABLE) {
            REDIS_AWAY.met("Batches are accepted but not online yet, {} among them: {}", batches, e.toString());
        } else {
            LOG.warn("Batches {} are accepted but not online yet", batches, e);
        }
    }

    private WrittenUnder write() {
        var written = new Object() {
            WrittenUnder marks = WrittenUnder.NOTHING;
        };
        for (Output output : outputs) {
            if (output.newest.isOverflown()) {
                written.marks =
                        written.marks.and(stores.fromPostgres().write(output.view, batches, Optional.empty(), now));
            } else {
                output.newest.forEachPart(part ->
                        written.marks = written.marks.and(stores.online().write(output.view, part)));
            }
        }
        return written.marks;
    }

    /** Without Postgres the work stays on the record and is done again; lookups miss nothing meanwhile. */
    private void settle(WrittenUnder written) {
        if (!allDue().isEmpty()) {
            stores.settled().add(allDue(), written);
        }
        if (ahead().isEmpty()) {
            return;
        }
        try {
            stores.work().postpone(ahead(), written, now, firstDue());
        } catch (DataAccessException e) {
            POSTGRES_AWAY.met("Batches {} are online, which can't be noted now: {}", batches, e.getMessage());
        }
    }

    private void retrySoon() {
        try {
            stores.work().retry(batches, stores.clock().instant().plus(RETRY_AFTER));
        } catch (DataAccessException e) {
            LOG.debug("It will be tried again when the batches' work is due: {}", e.getMessage());
        }
    }

    private boolean hasManyKeys() {
        return outputs.stream().anyMatch(output -> output.newest.isMany());
    }

    @Override
    public void close() {
        outputs.forEach(output -> output.newest.close());
    }
}
