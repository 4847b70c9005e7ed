package dev.asof.ingestion.batch;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.ingestion.contract.IncomingRow;
import dev.asof.offline.LogRow;
import dev.asof.offline.SourceLog;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.BatchId;
import dev.asof.shared.RowSequence;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows held to their contract into what goes to Postgres: log rows, feature rows and quarantined rows, cut into
 * chunks so that one thread can compute a chunk while another stores the one before.
 */
public final class BatchWriter {

    /** Rows to store in the current transaction. */
    public interface Chunk {
        void store();
    }

    private static final int CHUNK_ROWS = 32_768;
    private static final int CHUNK_BYTES = 4 << 20;

    /** Of all views together: their columns, and what a feature row takes besides. */
    private static final long CHUNK_VALUES = 1_000_000;

    private static final int VALUES_OF_A_ROW = 4;

    /** At most, should every view take all of a row. */
    private static final long CHUNK_BYTES_OF_ALL_VIEWS = 32 << 20;

    private final SourceLog log;
    private final RowCopier copier;
    private final RegisteredSource source;
    private final int views;
    private final long valuesOfARow;
    private final BatchMaterializer.Materialization materialization;
    private final Instant acceptedAt;
    private final int eventTimestampAt;
    private final int knownTimestampAt;
    private RowBuffer accepted;
    private RowBuffer refused;

    BatchWriter(
            SourceLog log,
            RowCopier copier,
            RegisteredSource source,
            List<RegisteredView> views,
            BatchMaterializer.Materialization materialization,
            Instant acceptedAt) {
        SourceDefinition definition = source.definition();
        this.log = log;
        this.copier = copier;
        this.source = source;
        this.views = views.size();
        this.valuesOfARow = views.stream()
                .mapToLong(view -> VALUES_OF_A_ROW + view.features().size())
                .sum();
        this.materialization = materialization;
        this.acceptedAt = acceptedAt;
        this.eventTimestampAt = definition.indexOf(definition.eventTimestamp());
        this.knownTimestampAt =
                definition.knownTimestamp().map(definition::indexOf).orElse(-1);
        this.accepted = log.buffer(source);
        this.refused = Quarantine.buffer();
    }

    public void add(BatchId batch, IncomingRow row) {
        switch (row) {
            case IncomingRow.Accepted good ->
                append(new LogRow(batch, RowSequence.of(batch, good.number()), known(good.values()), good.values()));
            case IncomingRow.Refused bad ->
                Quarantine.append(refused, source.definition().name(), batch, bad, acceptedAt);
        }
    }

    public void append(LogRow row) {
        log.append(accepted, source, row);
        materialization.add(row);
    }

    /** Rule A4: the source's own known timestamp, or its event plus the fixed delay, or the time of acceptance. */
    public Instant known(@Nullable Object[] values) {
        if (knownTimestampAt >= 0) {
            return (Instant) Objects.requireNonNull(values[knownTimestampAt]);
        }
        return source.definition()
                .knownAfter()
                .map(delay -> ((Instant) Objects.requireNonNull(values[eventTimestampAt])).plus(delay))
                .orElse(acceptedAt);
    }

    public boolean isEmpty() {
        return accepted.rows() + refused.rows() == 0;
    }

    /** Whether as much waits in memory, feature rows of all views included, as a chunk may hold. */
    boolean isFull() {
        return accepted.rows() + refused.rows() >= CHUNK_ROWS
                || accepted.sizeInBytes() + refused.sizeInBytes() >= CHUNK_BYTES
                || accepted.rows() * valuesOfARow >= CHUNK_VALUES
                || (long) accepted.sizeInBytes() * views >= CHUNK_BYTES_OF_ALL_VIEWS;
    }

    /** Stores what waits if it fills a chunk: for whoever adds and stores in turn. */
    public void storeIfFull() {
        if (isFull()) {
            cut().store();
        }
    }

    public Chunk cut() {
        RowBuffer acceptedRows = accepted;
        RowBuffer refusedRows = refused;
        BatchMaterializer.Chunk features = materialization.cut();
        accepted = log.buffer(source);
        refused = Quarantine.buffer();
        return () -> {
            copier.copy(acceptedRows);
            features.store();
            copier.copy(refusedRows);
        };
    }
}
