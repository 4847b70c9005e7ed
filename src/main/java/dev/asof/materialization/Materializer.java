package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.time.Clock;
import java.util.List;
import org.springframework.stereotype.Component;

/** Computes what view versions get out of batches as they are accepted. */
@Component
class Materializer implements BatchMaterializer {

    /** For all views of a source together: some 90,000 keys at ten features each. */
    private static final long BYTES_IN_MEMORY = 40L << 20;

    private final ViewOutputs outputs;
    private final BatchMaterialization.Records records;
    private final Clock clock;

    Materializer(
            ViewOutputs outputs,
            OnlineOutbox outbox,
            SettledWork settled,
            UnpublishedBatches unpublished,
            Clock clock) {
        this.outputs = outputs;
        this.records = new BatchMaterialization.Records(outbox, settled, unpublished, clock);
        this.clock = clock;
    }

    @Override
    public Materialization begin(RegisteredSource source, List<RegisteredView> views) {
        var future = new FutureRows(Timestamps.truncated(clock.instant()));
        var parts = views.stream()
                .map(view -> outputs.of(view, source).ofBatches(future, BYTES_IN_MEMORY / views.size()))
                .toList();
        return new BatchMaterialization(records, source.definition().name(), parts, future);
    }
}
