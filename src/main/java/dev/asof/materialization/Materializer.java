package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.OfflineStore;
import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.util.List;
import org.springframework.stereotype.Component;

/** Computes the feature rows of batches as they are accepted. */
@Component
class Materializer implements BatchMaterializer {

    /** For all views of a source together; about 40 MB of feature rows at ten features each. */
    private static final int KEYS_IN_MEMORY = 100_000;

    private final BatchMaterialization.Stores stores;
    private final ViewPrograms programs;
    private final Clock clock;

    Materializer(
            OfflineStore offline,
            OnlineStore online,
            OnlineWork work,
            SettledWork settled,
            UnpublishedBatches unpublished,
            ViewPrograms programs,
            Clock clock) {
        this.stores = new BatchMaterialization.Stores(
                offline, online, work, settled, unpublished, KEYS_IN_MEMORY, clock);
        this.programs = programs;
        this.clock = clock;
    }

    @Override
    public Materialization begin(RegisteredSource source, List<RegisteredView> views) {
        return new BatchMaterialization(
                stores, source, views, programs, Timestamps.truncated(clock.instant()));
    }
}
