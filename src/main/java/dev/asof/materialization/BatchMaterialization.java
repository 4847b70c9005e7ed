package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.ingestion.OnlineState;
import dev.asof.offline.OfflineStore;
import dev.asof.offline.OfflineStore.LogRow;
import dev.asof.offline.RowBuffer;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The feature rows of one transaction's batches. The newest row of each key is kept in memory to go online after the
 * commit; when there are too many keys, they are read back from Postgres instead.
 */
final class BatchMaterialization implements BatchMaterializer.Materialization {

    private static final Logger LOG = LoggerFactory.getLogger(BatchMaterialization.class);

    /** After which the work of a batch whose server died, or found Redis away, is taken up again. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** The same for batches of so many keys that bringing them online takes long. */
    private static final Duration GRACE_FOR_MANY_KEYS = Duration.ofMinutes(2);

    /** What a view version gets out of the batches. */
    private static final class Output {
        private final RegisteredView view;
        private final ViewProgram program;
        private final Map<EntityKey, FeatureRow> newest = new HashMap<>();
        private RowBuffer rows;

        private Output(RegisteredView view, ViewProgram program, RowBuffer rows) {
            this.view = view;
            this.program = program;
            this.rows = rows;
        }
    }

    /** What batch materializations share. */
    record Stores(
            OfflineStore offline,
            OnlineWriter online,
            OnlineWork work,
            TransactionTemplate transaction,
            int keysInMemory,
            Clock clock) {}

    private final Stores stores;
    private final RegisteredSource source;
    private final List<Output> outputs;
    private final Instant now;
    private boolean keysFit = true;
    private int keys;
    private @Nullable Instant nextDue;
    private List<BatchId> batches = List.of();

    BatchMaterialization(
            Stores stores, RegisteredSource source, List<RegisteredView> views, ViewPrograms programs, Instant now) {
        this.stores = stores;
        this.source = source;
        this.now = now;
        this.outputs = views.stream()
                .map(view ->
                        new Output(view, programs.of(view, source), stores.offline().featureBuffer(view)))
                .toList();
    }

    @Override
    public void add(LogRow row) {
        for (Output output : outputs) {
            FeatureRow features = output.program.apply(row);
            if (features != null) {
                stores.offline().appendFeatures(output.rows, output.view, features, row.knownTimestamp());
                keepForOnline(output, features);
            }
        }
    }

    private void keepForOnline(Output output, FeatureRow row) {
        if (row.eventTimestamp().isAfter(now)) {
            nextDue = nextDue == null || row.eventTimestamp().isBefore(nextDue) ? row.eventTimestamp() : nextDue;
            return;
        }
        if (!keysFit) {
            return;
        }
        FeatureRow before = output.newest.merge(row.key(), row, BatchMaterialization::newer);
        if (before == row && ++keys > stores.keysInMemory() && distinctKeys() > stores.keysInMemory()) {
            keysFit = false;
            outputs.forEach(each -> each.newest.clear());
        }
    }

    private int distinctKeys() {
        keys = outputs.stream().mapToInt(each -> each.newest.size()).sum();
        return keys;
    }

    /** Rule A1 between two rows of a key. */
    private static FeatureRow newer(FeatureRow one, FeatureRow other) {
        int byTime = one.eventTimestamp().compareTo(other.eventTimestamp());
        if (byTime != 0) {
            return byTime > 0 ? one : other;
        }
        return one.rowSequence() > other.rowSequence() ? one : other;
    }

    @Override
    public BatchMaterializer.Chunk cut() {
        List<RowBuffer> full = outputs.stream().map(output -> output.rows).toList();
        outputs.forEach(output -> output.rows = stores.offline().featureBuffer(output.view));
        return () -> full.forEach(stores.offline()::copy);
    }

    @Override
    public void recordPending(Collection<BatchId> accepted) {
        batches = List.copyOf(accepted);
        Instant retry = stores.clock().instant().plus(keysFit ? GRACE : GRACE_FOR_MANY_KEYS);
        stores.work()
                .record(
                        source.definition().name(),
                        batches,
                        nextDue != null && nextDue.isBefore(retry) ? nextDue : retry);
    }

    @Override
    public OnlineState publish() {
        try {
            for (Output output : outputs) {
                if (keysFit) {
                    stores.online().write(output.view, output.newest.values());
                } else {
                    stores.online().write(output.view, batches, Optional.empty(), now);
                }
            }
            stores.transaction().executeWithoutResult(_ -> settle());
            return nextDue == null ? OnlineState.APPLIED : OnlineState.PENDING;
        } catch (RuntimeException e) {
            LOG.warn("Batches {} are accepted but not online yet: {}", batches, e.toString());
            return OnlineState.PENDING;
        }
    }

    private void settle() {
        if (nextDue == null) {
            stores.work().doneSoon(batches);
        } else {
            stores.work().postpone(batches, now, nextDue);
        }
    }
}
