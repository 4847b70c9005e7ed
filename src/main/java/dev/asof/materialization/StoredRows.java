package dev.asof.materialization;

import dev.asof.ingestion.BatchMaterializer;
import dev.asof.offline.FeatureTables;
import dev.asof.offline.LogRow;
import dev.asof.postgres.RowBuffer;
import dev.asof.postgres.RowCopier;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.BatchId;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The feature rows of a view version on their way to its table. */
record StoredRows(FeatureTables tables, RowCopier copier, RegisteredView view) {

    private static final int STRETCH_BYTES = 8 << 20;

    /**
     * A feature row on its way to the offline store.
     *
     * <p>In the order of the index behind rule A1: rows that arrive in it find their place in pages that are at hand,
     * which halves what a million keys cost in Postgres.
     */
    private record Computed(EntityKey key, long eventMicros, FeatureRow row, BatchId batch, Instant known)
            implements Comparable<Computed> {

        @Override
        public int compareTo(Computed other) {
            int byKey = key.compareTo(other.key);
            if (byKey != 0) {
                return byKey;
            }
            int newestFirst = Long.compare(other.eventMicros, eventMicros);
            return newestFirst != 0 ? newestFirst : Long.compare(other.row.rowSequence(), row.rowSequence());
        }
    }

    Chunks chunks() {
        return new Chunks();
    }

    ViewOutput.OfStretch ofStretch(RowProgram program) {
        return new Stretch(program);
    }

    void analyze() {
        tables.analyze(view);
    }

    /** The rows of batches, a chunk after the other. */
    final class Chunks {

        private List<Computed> rows = new ArrayList<>();

        void add(FeatureRow row, LogRow from) {
            rows.add(new Computed(
                    row.entity().orElse(EntityKey.global()),
                    Timestamps.toMicros(row.eventTimestamp()),
                    row,
                    from.batch(),
                    from.knownTimestamp()));
        }

        BatchMaterializer.Chunk cut() {
            RowBuffer buffer = tables.buffer(view);
            Collections.sort(rows);
            for (Computed computed : rows) {
                tables.append(buffer, view, computed.row(), computed.batch(), computed.known());
            }
            rows = new ArrayList<>(rows.size());
            return () -> copier.copy(buffer);
        }
    }

    private final class Stretch implements ViewOutput.OfStretch {

        private final RowProgram program;
        private RowBuffer rows = tables.buffer(view);

        private Stretch(RowProgram program) {
            this.program = program;
        }

        @Override
        public void add(LogRow row) {
            FeatureRow features = program.apply(row);
            if (features == null) {
                return;
            }
            tables.append(rows, view, features, row.batch(), row.knownTimestamp());
            if (rows.sizeInBytes() >= STRETCH_BYTES) {
                finish();
                rows = tables.buffer(view);
            }
        }

        @Override
        public void finish() {
            copier.copy(rows);
        }
    }
}
