package dev.asof.ingestion;

import dev.asof.offline.OfflineStore;
import dev.asof.offline.OfflineStore.LogRow;
import dev.asof.offline.RowBuffer;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.BatchId;
import dev.asof.shared.RowSequence;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows held to their contract into what goes to Postgres: log rows, feature rows and quarantined rows, cut into
 * chunks so that one thread can compute a chunk while another stores the one before.
 */
final class BatchWriter {

    /** Rows to store in the current transaction. */
    interface Chunk {
        void store();
    }

    private final OfflineStore offline;
    private final RegisteredSource source;
    private final BatchMaterializer.Materialization materialization;
    private final Instant acceptedAt;
    private final int eventTimestampAt;
    private final int knownTimestampAt;
    private RowBuffer log;
    private RowBuffer quarantine;

    BatchWriter(
            OfflineStore offline,
            RegisteredSource source,
            BatchMaterializer.Materialization materialization,
            Instant acceptedAt) {
        SourceDefinition definition = source.definition();
        this.offline = offline;
        this.source = source;
        this.materialization = materialization;
        this.acceptedAt = acceptedAt;
        this.eventTimestampAt = definition.indexOf(definition.eventTimestamp());
        this.knownTimestampAt = definition.knownTimestamp().map(definition::indexOf).orElse(-1);
        this.log = offline.logBuffer(source);
        this.quarantine = Quarantine.buffer();
    }

    void add(BatchId batch, IncomingRow row) {
        switch (row) {
            case IncomingRow.Accepted good ->
                append(new LogRow(batch, RowSequence.of(batch, good.number()), known(good.values()), good.values()));
            case IncomingRow.Refused bad ->
                Quarantine.append(quarantine, source.definition().name(), batch, bad, acceptedAt);
        }
    }

    void append(LogRow row) {
        offline.appendLog(log, source, row);
        materialization.add(row);
    }

    /** Rule A4: the source's own known timestamp, or its event plus the fixed delay, or the time of acceptance. */
    Instant known(@Nullable Object[] values) {
        if (knownTimestampAt >= 0) {
            return (Instant) Objects.requireNonNull(values[knownTimestampAt]);
        }
        return source.definition()
                .knownAfter()
                .map(delay -> ((Instant) Objects.requireNonNull(values[eventTimestampAt])).plus(delay))
                .orElse(acceptedAt);
    }

    int bufferedRows() {
        return log.rows() + quarantine.rows();
    }

    /** How much waits in memory, feature rows not counted. */
    int bufferedBytes() {
        return log.sizeInBytes() + quarantine.sizeInBytes();
    }

    Chunk cut() {
        RowBuffer logRows = log;
        RowBuffer refusedRows = quarantine;
        BatchMaterializer.Chunk features = materialization.cut();
        log = offline.logBuffer(source);
        quarantine = Quarantine.buffer();
        return () -> {
            offline.copy(logRows);
            features.store();
            offline.copy(refusedRows);
        };
    }
}
