package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.LogRow;
import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.FeatureRow;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Feature rows: each in the version's table, and the newest of each key online. */
final class RowsOutput implements ViewOutput {

    /**
     * What the outputs of all views share.
     *
     * @param spills permits for sets of temporary files, one for each view version whose newest rows outgrow the memory
     */
    record Stores(OnlineStore online, OnlineWriter fromPostgres, Semaphore spills) {}

    private final StoredRows table;
    private final Stores stores;
    private final RegisteredView view;
    private final RowProgram program;

    RowsOutput(StoredRows table, Stores stores, RegisteredView view, RowProgram program) {
        this.table = table;
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
        return table.ofStretch(program);
    }

    @Override
    public void analyze() {
        table.analyze();
    }

    @Override
    public FencingTokens bringOnline(Collection<BatchId> batches, Optional<Instant> after, Instant asOf) {
        return stores.fromPostgres().write(view, batches, after, asOf, () -> {});
    }

    @Override
    public Pages pages(Instant asOf) {
        return stores.fromPostgres().pages(view, asOf);
    }

    /** The newest row of each key is kept to go online after the commit. */
    private final class RowsOfBatches implements OfBatches {

        private final FutureRows future;
        private final NewestRows newest;
        private final StoredRows.Chunks rows = table.chunks();

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
            rows.add(features, row);
            if (!future.take(row.batch(), features.eventTimestamp())) {
                newest.add(features);
            }
        }

        @Override
        public BatchMaterializer.Chunk cut() {
            return rows.cut();
        }

        @Override
        public boolean isLarge() {
            return newest.isMany();
        }

        @Override
        public FencingTokens publish(Collection<BatchId> batches, Runnable goesOn) {
            if (newest.isOverflown()) {
                return stores.fromPostgres().write(view, batches, Optional.empty(), future.now(), goesOn);
            }
            var written = new Object() {
                FencingTokens marks = FencingTokens.NONE;
            };
            newest.forEachPart(part -> {
                written.marks = written.marks.and(stores.online().write(view, part));
                goesOn.run();
            });
            return written.marks;
        }

        @Override
        public void close() {
            newest.close();
        }
    }
}
