package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.FeatureTables;
import dev.asof.online.OnlineStore;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/** Computes the feature rows of batches as they are accepted. */
@Component
class Materializer implements BatchMaterializer {

    /** For all views of a source together: some 90,000 keys at ten features each. */
    private static final long BYTES_IN_MEMORY = 40L << 20;

    /** Of view versions whose newest rows are in temporary files; each has 4 MB of buffers and 64 open files. */
    private static final int SPILLS = 16;

    private final BatchMaterialization.Stores stores;
    private final ViewPrograms programs;
    private final Clock clock;

    Materializer(
            FeatureTables tables,
            RowCopier copier,
            OnlineStore online,
            OnlineWork work,
            SettledWork settled,
            UnpublishedBatches unpublished,
            OnlineWriter fromPostgres,
            ViewPrograms programs,
            Clock clock) {
        this.stores = new BatchMaterialization.Stores(
                tables,
                copier,
                online,
                work,
                settled,
                unpublished,
                fromPostgres,
                BYTES_IN_MEMORY,
                new Semaphore(SPILLS),
                clock);
        this.programs = programs;
        this.clock = clock;
    }

    @Override
    public Materialization begin(RegisteredSource source, List<RegisteredView> views) {
        return new BatchMaterialization(stores, source, views, programs, Timestamps.truncated(clock.instant()));
    }
}
