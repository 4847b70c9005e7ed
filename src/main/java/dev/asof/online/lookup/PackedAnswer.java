package dev.asof.online.lookup;

import dev.asof.online.LookupAnswer;
import dev.asof.registry.ServiceVersion;
import java.time.Instant;
import java.util.Optional;

/**
 * The answer to a lookup, in the rows that were read.
 *
 * @param outcomes of the plan's reads
 * @param computed of them
 * @param shortNames whether columns have the bare names of their features
 */
@SuppressWarnings("ArrayRecordComponent")
record PackedAnswer(
        LookupPlan plan,
        RowOutcome[] outcomes,
        Computed computed,
        Optional<AnsweredRows> common,
        AnsweredRows rows,
        Instant asOf,
        boolean degraded,
        boolean shortNames)
        implements LookupAnswer {

    static PackedAnswer of(
            LookupPlan plan,
            RowOutcome[] outcomes,
            Computed computed,
            Instant asOf,
            boolean degraded,
            boolean shortNames) {
        return new PackedAnswer(
                plan,
                outcomes,
                computed,
                plan.common().map(block -> new AnsweredRows(plan, block, outcomes, computed.common(), shortNames)),
                new AnsweredRows(plan, plan.rows(), outcomes, computed.rows(), shortNames),
                asOf,
                degraded,
                shortNames);
    }

    @Override
    public Optional<ServiceVersion> service() {
        return plan.selection().service();
    }
}
