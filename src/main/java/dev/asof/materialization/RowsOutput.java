package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.FeatureTables;
import dev.asof.offline.LogRow;
import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineStore;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Feature rows: each in the version's table, and the newest of each key online. */
final class RowsOutput implements ViewOutput {

    private static final int STRETCH_BYTES = 8 << 20;

    /**
     * What the outputs of all views share.
     *
     * @param spills permits for sets of temporary files, one for each view version whose newest rows outgrow the memory
     */
    record Stores(
            FeatureTables tables, RowCopier copier, OnlineStore online, OnlineWriter fromPostgres, Semaphore spills) {}

    private final Stores stores;
    private final RegisteredView view;
    private final RowProgram program;

    RowsOutput(Stores stores, RegisteredView view, RowProgram program) {
        this.stores = stores;
        this.view = view;
        this.program = program;
    }

    @Override
    public OfBatches ofBatches(FutureRows future, long bytesInMemory) {
        return new RowsOfBatches(future, bytesInMemory);
    }

    @Override
    public OfStretch ofStretch() {
        return new RowsOfStretch();
    }

    @Override
    public void analyze() {
        stores.tables().analyze(view);
    }

    @Override
    public FencingTokens bringOnline(Collection<BatchId> batches, Optional<Instant> after, Instant asOf) {
        return stores.fromPostgres().write(view, batches, after, asOf);
    }

    @Override
    public Pages pages(Instant asOf) {
        return stores.fromPostgres().pages(view, asOf);
    }

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

    /** The newest row of each key is kept to go online after the commit. */
    private final class RowsOfBatches implements OfBatches {

        private final FutureRows future;
        private final NewestRows newest;
        private List<Computed> rows = new ArrayList<>();

        private RowsOfBatches(FutureRows future, long bytesInMemory) {
            this.future = future;
            this.newest = new NewestRows(stores.online(), view, bytesInMemory, stores.spills());
        }

        @Override
        public void add(LogRow row) {
            FeatureRow features = program.apply(row);
            if (features == null) {
                return;
            }
            Instant event = features.eventTimestamp();
            rows.add(new Computed(Timestamps.toMicros(event), features, row.batch(), row.knownTimestamp()));
            if (!future.take(row.batch(), event)) {
                newest.add(features);
            }
        }

        @Override
        public BatchMaterializer.Chunk cut() {
            RowBuffer buffer = stores.tables().buffer(view);
            Collections.sort(rows);
            for (Computed computed : rows) {
                stores.tables().append(buffer, view, computed.row(), computed.batch(), computed.known());
            }
            rows = new ArrayList<>(rows.size());
            return () -> stores.copier().copy(buffer);
        }

        @Override
        public boolean isLarge() {
            return newest.isMany();
        }

        @Override
        public FencingTokens publish(Collection<BatchId> batches) {
            if (newest.isOverflown()) {
                return bringOnline(batches, Optional.empty(), future.now());
            }
            var written = new Object() {
                FencingTokens marks = FencingTokens.NONE;
            };
            newest.forEachPart(
                    part -> written.marks = written.marks.and(stores.online().write(view, part)));
            return written.marks;
        }

        @Override
        public void close() {
            newest.close();
        }
    }

    private final class RowsOfStretch implements OfStretch {

        private RowBuffer rows = stores.tables().buffer(view);

        @Override
        public void add(LogRow row) {
            FeatureRow features = program.apply(row);
            if (features == null) {
                return;
            }
            stores.tables().append(rows, view, features, row.batch(), row.knownTimestamp());
            if (rows.sizeInBytes() >= STRETCH_BYTES) {
                finish();
                rows = stores.tables().buffer(view);
            }
        }

        @Override
        public void finish() {
            stores.copier().copy(rows);
        }
    }
}
