package dev.asof.ingestion.batch;

import dev.asof.ingestion.BatchKind;
import dev.asof.ingestion.BatchMaterializer;
import dev.asof.ingestion.Published;
import dev.asof.offline.SourceLog;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The batches that a transaction adds to its source, which stays as it is meanwhile. One thread begins and writes;
 * {@link BatchTransaction} does the rest.
 */
public final class OpenBatches implements AutoCloseable {

    /** What batches are written with. */
    @Component
    record Stores(SourceLog log, RowCopier copier, BatchMaterializer materializer, Batches batches) {}

    /** A batch, and how many of its rows were on record when it began. */
    private record Begun(BatchId id, BatchTally tally, long accepted, long refused) {

        boolean hasGrown() {
            return tally.accepted() != accepted || tally.refused() != refused;
        }
    }

    private final Stores stores;
    private final RegistrySnapshot snapshot;
    private final RegisteredSource source;
    private final List<RegisteredView> views;
    private final BatchKind kind;
    private final Instant now;
    private final List<Begun> begun = new ArrayList<>();
    private BatchMaterializer.@Nullable Materialization materialization;

    OpenBatches(Stores stores, RegistrySnapshot snapshot, SourceName source, BatchKind kind, Instant now) {
        this.stores = stores;
        this.snapshot = snapshot;
        this.source = snapshot.source(source);
        this.views = snapshot.liveViews(source);
        this.kind = kind;
        this.now = now;
    }

    RegistrySnapshot snapshot() {
        return snapshot;
    }

    public RegisteredSource source() {
        return source;
    }

    /** The live view versions that the batches feed. */
    public List<RegisteredView> views() {
        return views;
    }

    /** The time of acceptance. */
    public Instant now() {
        return now;
    }

    /** Begins batches; what their tallies count until the transaction ends is stored with them. */
    public List<BatchId> begin(List<BatchTally> tallies) {
        List<BatchId> ids = stores.batches().begin(source.definition().name(), kind, now, tallies);
        for (int i = 0; i < ids.size(); i++) {
            BatchTally tally = tallies.get(i);
            begun.add(new Begun(ids.get(i), tally, tally.accepted(), tally.refused()));
        }
        return ids;
    }

    public BatchId begin(BatchTally tally) {
        return begin(List.of(tally)).getFirst();
    }

    /** Writes the rows of the batches. */
    public BatchWriter writer() {
        return new BatchWriter(stores.log(), stores.copier(), source, views, materialization(), now);
    }

    private BatchMaterializer.Materialization materialization() {
        if (materialization == null) {
            materialization = stores.materializer().begin(source, views);
        }
        return materialization;
    }

    /** The last thing in the transaction. */
    void finish() {
        if (begun.isEmpty()) {
            return;
        }
        begun.stream().filter(Begun::hasGrown).forEach(batch -> stores.batches().finish(batch.id(), batch.tally()));
        materialization().recordPending(begun.stream().map(Begun::id).toList());
    }

    /** After the commit. */
    Published publish() {
        return begun.isEmpty() ? Published.NOTHING : materialization().publish();
    }

    @Override
    public void close() {
        if (materialization != null) {
            materialization.close();
        }
    }
}
