package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.materialization.tile.PublicationMetrics;
import dev.asof.materialization.tile.PublicationMetrics.Lateness;
import dev.asof.offline.LogRow;
import dev.asof.online.FencingTokens;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.BatchId;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;

/** Counts the rows of a transaction's batches that come long after their event, each once, however many views take them. */
final class LateRows implements ViewOutput.OfBatches {

    private static final Lateness[] ALL = Lateness.values();

    private final PublicationMetrics metrics;
    private final SourceDefinition source;
    private final int eventTimestampAt;
    private final Instant[] bounds = new Instant[ALL.length];
    private final long[] counts = new long[ALL.length];

    LateRows(PublicationMetrics metrics, SourceDefinition source, Instant now) {
        this.metrics = metrics;
        this.source = source;
        this.eventTimestampAt = source.indexOf(source.eventTimestamp());
        for (Lateness lateness : ALL) {
            bounds[lateness.ordinal()] = now.minus(lateness.least());
        }
    }

    @Override
    public void add(LogRow row) {
        Instant event = (Instant) Objects.requireNonNull(row.values()[eventTimestampAt]);
        int late = 0;
        while (late < ALL.length && event.isBefore(bounds[late])) {
            late++;
        }
        if (late > 0) {
            counts[late - 1]++;
        }
    }

    @Override
    public BatchMaterializer.Chunk cut() {
        return () -> {};
    }

    @Override
    public boolean isLarge() {
        return false;
    }

    @Override
    public FencingTokens publish(Collection<BatchId> batches, Runnable goesOn) {
        var counters = metrics.late(source.name());
        for (int i = 0; i < counts.length; i++) {
            counters.get(i).increment(counts[i]);
        }
        return FencingTokens.NONE;
    }

    @Override
    public void close() {
        // it keeps nothing
    }
}
