package dev.asof.ingestion.batch;

import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.OnlineState;
import dev.asof.ingestion.contract.ContractReaders;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.offline.LogRow;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.BatchId;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import io.swagger.v3.oas.annotations.media.Schema;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Sends quarantined rows again, as a batch of those that now satisfy the contract; the others stay. They are rows of the
 * new batch, but keep their place among ties, so that they don't override what was accepted since (rule I4).
 */
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

    private record Replayed(BatchId batch, BatchTally tally) {}

    private final Registry registry;
    private final ContractReaders readers;
    private final Quarantine quarantine;
    private final IngestionMetrics metrics;
    private final BatchTransaction transaction;

    QuarantineReplay(
            Registry registry,
            ContractReaders readers,
            Quarantine quarantine,
            IngestionMetrics metrics,
            BatchTransaction transaction) {
        this.registry = registry;
        this.readers = readers;
        this.quarantine = quarantine;
        this.metrics = metrics;
        this.transaction = transaction;
    }

    /**
     * @param ids the rows to send; empty for the oldest ones, at most ten thousand at once
     * @throws AsofException NOT_FOUND when some of the ids do not wait in this source's quarantine
     */
    Outcome replay(SourceName source, Optional<Collection<Long>> ids) {
        registry.current().source(source);
        return transaction.run(
                source,
                BatchKind.REPLAY,
                batches -> store(batches, ids),
                (stored, online) -> outcome(source, stored, online));
    }

    private Outcome outcome(SourceName source, Optional<Replayed> stored, OnlineState online) {
        stored.ifPresent(replayed -> metrics.replayed(source, replayed.tally().accepted()));
        return new Outcome(
                stored.map(replayed -> replayed.batch().value()).orElse(null),
                stored.map(replayed -> replayed.tally().accepted()).orElse(0L),
                stored.map(replayed -> replayed.tally().refused()).orElse(0L),
                quarantine.count(source),
                online);
    }

    /** Empty when no row waits. */
    private Optional<Replayed> store(OpenBatches batches, Optional<Collection<Long>> ids) {
        SourceName name = batches.source().definition().name();
        List<Quarantine.Entry> entries = quarantine.lockWaiting(name, ids, ROWS_AT_ONCE);
        ids.ifPresent(wanted -> checkAllWait(name, wanted, entries));
        if (entries.isEmpty()) {
            return Optional.empty();
        }
        var writer = batches.writer();
        var tally = new BatchTally();
        BatchId batch = batches.begin(tally);
        var accepted = new ArrayList<Long>();
        try (var rows = readers.openWritten(lines(entries), batches.source(), batches.views())) {
            for (Quarantine.Entry entry : entries) {
                IncomingRow row = Objects.requireNonNull(rows.next());
                tally.count(row);
                switch (row) {
                    case IncomingRow.Accepted good -> {
                        writer.append(new LogRow(batch, entry.sequence(), writer.known(good.values()), good.values()));
                        accepted.add(entry.id());
                    }
                    case IncomingRow.Refused bad -> quarantine.keep(entry.id(), bad.violations());
                }
                writer.storeIfFull();
            }
        }
        writer.cut().store();
        quarantine.markReplayed(accepted, batch);
        return Optional.of(new Replayed(batch, tally));
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
