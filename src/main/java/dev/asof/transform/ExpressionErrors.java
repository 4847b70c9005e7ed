package dev.asof.transform;

import dev.asof.shared.ViewVersion;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts expressions that failed for a row (rule C2), by the view version that they are of. */
public final class ExpressionErrors {

    private ExpressionErrors() {}

    /** The counter of a version, made when it is first asked for. */
    public static Counter of(ViewVersion version, MeterRegistry registry) {
        return Counter.builder("asof.expression.errors")
                .description("Expressions that failed, in batches, backfills and lookups: their feature is null, their"
                        + " aggregate skips the row")
                .baseUnit("errors")
                .tag("view", version.toString())
                .register(registry);
    }
}
