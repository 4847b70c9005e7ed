package dev.asof.ingestion;

import dev.asof.offline.OfflineStore;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
import dev.asof.shared.Violation;
import io.swagger.v3.oas.annotations.media.Schema;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Sends quarantined rows again, as a batch of those that now satisfy the contract; the others stay. */
@Component
class QuarantineReplay {

    static final int ROWS_AT_ONCE = 10_000;
    private static final int IDS_LISTED = 100;

    /**
     * What became of a replay.
     *
     * @param batchId the batch they became; null when none waited
     * @param accepted how many rows left quarantine
     * @param refused how many still break the contract
     * @param remaining how many wait in quarantine now
     */
    @Schema(name = "ReplayAnswer")
    record Outcome(@Nullable Long batchId, long accepted, long refused, long remaining, OnlineState online) {}

    private record Replayed(BatchId batch, BatchTally tally, BatchMaterializer.Materialization materialization) {}

    private final Registry registry;
    private final OfflineStore offline;
    private final BatchMaterializer materializer;
    private final ContractReaders readers;
    private final Batches batches;
    private final Quarantine quarantine;
    private final IngestionMetrics metrics;
    private final TransactionTemplate transaction;
    private final Clock clock;

    QuarantineReplay(
            Registry registry,
            OfflineStore offline,
            BatchMaterializer materializer,
            ContractReaders readers,
            Batches batches,
            Quarantine quarantine,
            IngestionMetrics metrics,
            PlatformTransactionManager transactions,
            Clock clock) {
        this.registry = registry;
        this.offline = offline;
        this.materializer = materializer;
        this.readers = readers;
        this.batches = batches;
        this.quarantine = quarantine;
        this.metrics = metrics;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
    }

    /**
     * @param ids the rows to send; empty for the oldest ones, at most ten thousand at once
     * @throws AsofException NOT_FOUND when some of the ids do not wait in this source's quarantine
     */
    Outcome replay(SourceName source, Optional<Collection<Long>> ids) {
        registry.current().source(source);
        Optional<Replayed> stored = transaction.execute(_ -> store(source, ids));
        if (stored.isEmpty()) {
            return new Outcome(null, 0, 0, quarantine.count(source), OnlineState.APPLIED);
        }
        Replayed replayed = stored.get();
        metrics.replayed(source, replayed.tally().accepted());
        try (var materialization = replayed.materialization()) {
            return new Outcome(
                    replayed.batch().value(),
                    replayed.tally().accepted(),
                    replayed.tally().refused(),
                    quarantine.count(source),
                    materialization.publish());
        }
    }

    /** Empty when no row waits. */
    private Optional<Replayed> store(SourceName name, Optional<Collection<Long>> ids) {
        RegistrySnapshot snapshot = registry.shareSource(name);
        RegisteredSource source = snapshot.source(name);
        List<RegisteredView> views = snapshot.liveViews(name);
        Instant now = Timestamps.truncated(clock.instant());
        List<Quarantine.Entry> entries = quarantine.lockWaiting(name, ids, ROWS_AT_ONCE);
        ids.ifPresent(wanted -> checkAllWait(name, wanted, entries));
        if (entries.isEmpty()) {
            return Optional.empty();
        }
        var materialization = materializer.begin(source, views);
        var writer = new BatchWriter(offline, source, materialization, now);
        var tally = new BatchTally();
        BatchId batch = batches.begin(name, now, List.of(tally)).getFirst();
        var accepted = new ArrayList<Long>();
        try (var rows = readers.open(RowFormat.NDJSON, lines(entries), source, views)) {
            for (Quarantine.Entry entry : entries) {
                IncomingRow row = Objects.requireNonNull(rows.next());
                tally.count(row);
                switch (row) {
                    case IncomingRow.Accepted good -> {
                        writer.add(batch, good);
                        accepted.add(entry.id());
                    }
                    case IncomingRow.Refused bad -> quarantine.keep(entry.id(), bad.violations());
                }
            }
        }
        writer.cut().store();
        quarantine.markReplayed(accepted, batch);
        batches.finish(batch, tally);
        materialization.recordPending(List.of(batch));
        return Optional.of(new Replayed(batch, tally, materialization));
    }

    private static void checkAllWait(SourceName source, Collection<Long> wanted, List<Quarantine.Entry> entries) {
        var missing = new TreeSet<>(wanted);
        entries.forEach(entry -> missing.remove(entry.id()));
        if (!missing.isEmpty()) {
            throw new AsofException(
                    ErrorCode.NOT_FOUND,
                    "%s of the ids do not wait in the quarantine of '%s'".formatted(missing.size(), source),
                    missing.stream()
                            .limit(IDS_LISTED)
                            .map(id -> Violation.of("ids", "unknown_id", "No row %s waits in quarantine".formatted(id)))
                            .toList());
        }
    }

    private static ByteArrayInputStream lines(List<Quarantine.Entry> entries) {
        String lines = entries.stream().map(Quarantine.Entry::raw).collect(Collectors.joining("\n"));
        return new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8));
    }
}
