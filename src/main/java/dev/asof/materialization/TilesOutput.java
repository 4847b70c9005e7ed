package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.materialization.tile.KeyPublisher;
import dev.asof.materialization.tile.PublicationMetrics;
import dev.asof.materialization.tile.SmallPublications;
import dev.asof.materialization.tile.TouchedRows;
import dev.asof.offline.AggregateRows;
import dev.asof.offline.LogRow;
import dev.asof.offline.TouchedKeys;
import dev.asof.offline.tile.TouchedTiles;
import dev.asof.online.FencingTokens;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Feature rows in the version's table, and online what its aggregates come to: of each key that a batch touches, all of it, read
 * from Postgres after the commit. So it doesn't matter how late a row is, how often it is written, or by which server.
 */
final class TilesOutput implements ViewOutput {

    /** Of keys that are gathered before they are brought online together; one that comes again later is brought again. */
    private static final int KEYS_GATHERED = 50_000;

    private static final int KEYS_OF_A_PAGE = 2_000;

    /** Of more than these others' small batches don't wait. */
    private static final int FEW_KEYS = 1_000;

    /** Bringing more than these online takes long. */
    private static final int MANY_KEYS = 5_000;

    /** What the outputs of all views share. */
    record Stores(
            AggregateRows rows,
            TouchedKeys touched,
            KeyPublisher publisher,
            SmallPublications small,
            PublicationMetrics metrics,
            TransactionTemplate reading) {}

    private final StoredRows table;
    private final Stores stores;
    private final TilesProgram program;

    TilesOutput(StoredRows table, Stores stores, TilesProgram program) {
        this.table = table;
        this.stores = stores;
        this.program = program;
    }

    private RegisteredView view() {
        return program.tiles().view();
    }

    @Override
    public OfBatches ofBatches(FutureRows future, long bytesInMemory) {
        return new TilesOfBatches(future, bytesInMemory);
    }

    @Override
    public OfStretch ofStretch() {
        return table.ofStretch(program.rows());
    }

    @Override
    public void analyze() {
        table.analyze();
    }

    @Override
    public FencingTokens bringOnline(Collection<BatchId> batches, Optional<Instant> after, Instant asOf) {
        return bring(batches, after, asOf).written();
    }

    /** As {@link #bringOnline}, and says under which publication. */
    KeyPublisher.Brought bring(Collection<BatchId> batches, Optional<Instant> after, Instant asOf) {
        return bring(batches, after, asOf, () -> {});
    }

    private KeyPublisher.Brought bring(
            Collection<BatchId> batches, Optional<Instant> after, Instant asOf, Runnable goesOn) {
        var gathered = new HashSet<EntityKey>();
        var brought = new Object() {
            KeyPublisher.Brought all = KeyPublisher.Brought.NOTHING;
        };
        stores.reading().executeWithoutResult(_ -> {
            stores.rows().touched(view(), batches, after, asOf, place -> {
                gathered.add(place.key());
                if (gathered.size() == KEYS_GATHERED) {
                    brought.all = brought.all.and(publishInParts(gathered, goesOn));
                    gathered.clear();
                }
            });
            brought.all = brought.all.and(publishInParts(gathered, goesOn));
        });
        return brought.all;
    }

    private KeyPublisher.Brought publishInParts(Collection<EntityKey> keys, Runnable goesOn) {
        List<EntityKey> inOrder = keys.stream().sorted().toList();
        var brought = KeyPublisher.Brought.NOTHING;
        for (int first = 0; first < inOrder.size(); first += KEYS_OF_A_PAGE) {
            var part = inOrder.subList(first, Math.min(inOrder.size(), first + KEYS_OF_A_PAGE));
            brought = brought.and(stores.publisher().publish(program.tiles(), part));
            goesOn.run();
        }
        return brought;
    }

    @Override
    public Pages pages(Instant asOf) {
        return new Pages() {

            private @Nullable EntityKey last;

            @Override
            public Page write() {
                var keys = stores.rows().keys(view(), Optional.ofNullable(last), KEYS_OF_A_PAGE);
                last = keys.isEmpty() ? last : keys.getLast();
                FencingTokens written =
                        stores.publisher().publish(program.tiles(), keys).written();
                return new Page(keys.size(), written, keys.size() < KEYS_OF_A_PAGE);
            }
        };
    }

    /** The keys that are touched are kept to be brought online after the commit. */
    private final class TilesOfBatches implements OfBatches {

        private final FutureRows future;
        private final TouchedRows touched;
        private final StoredRows.Chunks rows = table.chunks();
        private final Optional<TouchedTiles> stored = TouchedTiles.of(view());
        private Instant oldest = Instant.MAX;

        private TilesOfBatches(FutureRows future, long bytesInMemory) {
            this.future = future;
            this.touched = new TouchedRows(program.tiles().aggregates(), bytesInMemory);
        }

        @Override
        public void add(LogRow row) {
            FeatureRow features = program.rows().apply(row);
            if (features == null) {
                return;
            }
            rows.add(features, row);
            Instant event = features.eventTimestamp();
            stored.ifPresent(tiles -> tiles.add(features));
            touched.add(features, features.entity().isPresent() && future.take(row.batch(), event));
            oldest = event.isBefore(oldest) ? event : oldest;
        }

        @Override
        public BatchMaterializer.Chunk cut() {
            return rows.cut();
        }

        @Override
        public Optional<TouchedTiles> touchedTiles() {
            return stored;
        }

        @Override
        public boolean isLarge() {
            return touched.isOverflown() || touched.keys().size() > MANY_KEYS;
        }

        @Override
        public FencingTokens publish(Collection<BatchId> batches, Runnable goesOn) {
            var metrics = stores.metrics().of(view());
            long start = System.nanoTime();
            try {
                FencingTokens written = bring(batches, goesOn);
                metrics.delay().record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
                if (oldest.isBefore(future.now())) {
                    metrics.age().record(Duration.between(oldest, future.now()));
                }
                return written;
            } catch (RuntimeException e) {
                metrics.failures().increment();
                throw e;
            }
        }

        private FencingTokens bring(Collection<BatchId> batches, Runnable goesOn) {
            if (touched.isOverflown()) {
                return TilesOutput.this
                        .bring(batches, Optional.empty(), future.now(), goesOn)
                        .written();
            }
            if (touched.keys().size() + touched.ids().size() <= FEW_KEYS) {
                return stores.small().publish(program.tiles(), touched);
            }
            var keys = new HashSet<>(touched.keys().keySet());
            stores.touched().replaced(view(), touched.ids(), keys::add);
            return publishInParts(keys, goesOn).written();
        }

        @Override
        public void close() {
            // nothing but memory
        }
    }
}
