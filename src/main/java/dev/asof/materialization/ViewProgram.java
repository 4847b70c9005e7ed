package dev.asof.materialization;

import dev.asof.registry.RegisteredSource;
import dev.asof.registry.RegisteredView;
import io.micrometer.core.instrument.Counter;

/** A view version compiled; what it computes from source rows decides what the version has in the stores. */
sealed interface ViewProgram permits RowProgram {

    /** @param errors counts features that failed */
    static ViewProgram compile(RegisteredView view, RegisteredSource source, Counter errors) {
        return RowProgram.compile(view, source, errors);
    }
}
