package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.materialization.tile.PublicationMetrics;
import dev.asof.offline.tile.StoredTiles;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Computes what view versions get out of batches as they are accepted. */
@Component
class Materializer implements BatchMaterializer {

    /** For all views of a source together: some 90,000 keys at ten features each. */
    private static final long BYTES_IN_MEMORY = 40L << 20;

    private final ViewOutputs outputs;
    private final BatchMaterialization.Records records;
    private final PublicationMetrics metrics;
    private final Clock clock;

    Materializer(
            ViewOutputs outputs,
            OnlineOutbox outbox,
            SettledWork settled,
            UnpublishedBatches unpublished,
            StoredTiles tiles,
            PublicationMetrics metrics,
            Clock clock) {
        this.outputs = outputs;
        this.records = new BatchMaterialization.Records(outbox, settled, unpublished, tiles, clock);
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public Materialization begin(RegisteredSource source, List<RegisteredView> views) {
        var future = new FutureRows(Timestamps.truncated(clock.instant()));
        var parts = views.stream()
                .map(view -> outputs.of(view, source).ofBatches(future, BYTES_IN_MEMORY / views.size()))
                .collect(Collectors.toCollection(ArrayList::new));
        if (views.stream().anyMatch(RegisteredView::hasAggregates)) {
            parts.add(new LateRows(metrics, source.definition(), future.now()));
        }
        return new BatchMaterialization(records, source.definition().name(), parts, future);
    }
}
