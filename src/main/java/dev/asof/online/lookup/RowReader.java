package dev.asof.online.lookup;

import dev.asof.online.row.PackedKey;
import dev.asof.online.row.RowLayout;
import dev.asof.online.row.Scratch;
import dev.asof.online.row.WindowProgram;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.Timestamps;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is read of each key of a view for one selection of features, worked out once. Immutable. */
final class RowReader {

    /** Gathers what is asked for of a view. */
    static final class Builder {

        private final RegisteredView view;
        private final int rowFeatures;
        private final WindowProgram.@Nullable Builder program;
        private boolean readsRow;

        Builder(RegisteredView view) {
            this.view = view;
            this.rowFeatures = view.rowFeatures().size();
            this.program = view.aggregates()
                    .map(aggregates -> new WindowProgram.Builder(view, aggregates))
                    .orElse(null);
        }

        /** The slot of a feature that is no aggregate, by its position among the view's features. */
        int row(int feature) {
            readsRow = true;
            return view.rowPosition(feature);
        }

        /**
         * The slot of an aggregate.
         *
         * @param withValues whether it is a bucketed one's keys, to be answered with their values
         */
        int aggregate(int feature, boolean withValues) {
            if (program == null) {
                throw new IllegalStateException(view.version() + " has no aggregates");
            }
            return rowFeatures + program.add(feature, withValues);
        }

        RowReader build() {
            return new RowReader(this);
        }
    }

    private final RowLayout layout;
    private final int rowFeatures;
    private final boolean readsRow;
    private final long ttlMicros;
    private final @Nullable WindowProgram program;
    private final RowOutcome nothing;

    private RowReader(Builder from) {
        this.layout = new RowLayout(from.view);
        this.rowFeatures = from.rowFeatures;
        this.readsRow = from.readsRow;
        this.ttlMicros = from.view
                .ttl()
                .filter(ttl -> ttl.compareTo(Timestamps.RANGE) < 0)
                .map(RowReader::micros)
                .orElse(Long.MAX_VALUE);
        this.program = from.program == null ? null : from.program.build();
        this.nothing = program == null
                ? RowOutcome.NOT_FOUND
                : new RowOutcome.Windowed(RowOutcome.NOT_FOUND, rowFeatures, program.ofNoRows());
    }

    private static long micros(Duration ttl) {
        return TimeUnit.SECONDS.toMicros(ttl.getSeconds()) + TimeUnit.NANOSECONDS.toMicros(ttl.getNano());
    }

    /** What a key comes to of which there is nothing, a null one too. */
    RowOutcome nothing() {
        return nothing;
    }

    /**
     * What a key comes to at an instant.
     *
     * @param packed as it stands in Redis; null if there is nothing
     * @param asOf in microseconds
     */
    RowOutcome read(byte @Nullable [] packed, long asOf, Scratch scratch) {
        if (packed == null) {
            return nothing;
        }
        long oldest = ttlMicros == Long.MAX_VALUE ? Long.MIN_VALUE : asOf - ttlMicros;
        if (program == null) {
            return RowOutcome.of(layout, packed, oldest);
        }
        var key = new PackedKey(layout.view(), packed);
        var row = readsRow ? RowOutcome.of(layout, key.row(), oldest) : RowOutcome.NOT_FOUND;
        return new RowOutcome.Windowed(row, rowFeatures, program.evaluate(key, asOf, scratch));
    }
}
