package dev.asof.ingestion;

import dev.asof.offline.OfflineStore;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import dev.asof.shared.Timestamps;
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
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Sends quarantined rows again, as a batch of those that now satisfy the contract; the others stay. */
@Component
class QuarantineReplay {

    private static final int ROWS_AT_ONCE = 10_000;

    /**
     * What became of a replay.
     *
     * @param accepted how many rows left quarantine
     * @param refused how many still break the contract
     * @param remaining how many wait in quarantine now
     */
    @Schema(name = "ReplayAnswer")
    record Outcome(long batchId, long accepted, long refused, long remaining, OnlineState online) {}

    private record Replayed(BatchId batch, BatchTally tally, BatchMaterializer.Materialization materialization) {}

    private final Registry registry;
    private final OfflineStore offline;
    private final BatchMaterializer materializer;
    private final ContractReaders readers;
    private final Batches batches;
    private final Quarantine quarantine;
    private final TransactionTemplate transaction;
    private final Clock clock;

    QuarantineReplay(
            Registry registry,
            OfflineStore offline,
            BatchMaterializer materializer,
            ContractReaders readers,
            Batches batches,
            Quarantine quarantine,
            PlatformTransactionManager transactions,
            Clock clock) {
        this.registry = registry;
        this.offline = offline;
        this.materializer = materializer;
        this.readers = readers;
        this.batches = batches;
        this.quarantine = quarantine;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
    }

    /** @param ids the rows to send; empty for the oldest ones, at most ten thousand at once */
    Outcome replay(SourceName source, Optional<Collection<Long>> ids) {
        registry.current().source(source);
        Replayed replayed = Objects.requireNonNull(transaction.execute(_ -> store(source, ids)));
        try (var materialization = replayed.materialization()) {
            return new Outcome(
                    replayed.batch().value(),
                    replayed.tally().accepted(),
                    replayed.tally().refused(),
                    quarantine.count(source),
                    materialization.publish());
        }
    }

    private Replayed store(SourceName name, Optional<Collection<Long>> ids) {
        RegistrySnapshot snapshot = registry.shareSource(name);
        RegisteredSource source = snapshot.source(name);
        List<RegisteredView> views = snapshot.liveViews(name);
        Instant now = Timestamps.truncated(clock.instant());
        List<Quarantine.Entry> entries = quarantine.lockWaiting(name, ids, ROWS_AT_ONCE);
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
        return new Replayed(batch, tally, materialization);
    }

    private static ByteArrayInputStream lines(List<Quarantine.Entry> entries) {
        String lines = entries.stream().map(Quarantine.Entry::raw).collect(Collectors.joining("\n"));
        return new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8));
    }
}
