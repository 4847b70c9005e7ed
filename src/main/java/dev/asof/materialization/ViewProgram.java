package dev.asof.materialization;

import dev.asof.materialization.tile.AggregatedView;
import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import io.micrometer.core.instrument.Counter;

/** A view version compiled; what it computes from source rows decides what the version has in the stores. */
sealed interface ViewProgram permits RowProgram, TilesProgram {

    /** @param errors counts expressions that failed */
    static ViewProgram compile(RegisteredView view, RegisteredSource source, Counter errors) {
        RowProgram rows = RowProgram.compile(view, source, errors);
        return view.aggregates()
                .<ViewProgram>map(aggregates -> new TilesProgram(AggregatedView.of(view, aggregates), rows))
                .orElse(rows);
    }
}
