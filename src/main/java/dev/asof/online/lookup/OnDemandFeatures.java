package dev.asof.online.lookup;

import dev.asof.shared.HeavyWork;
import dev.asof.shared.ProducerThread;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Computes the on-demand features of lookups. What is little is done where the lookup is, on a virtual thread, from which
 * nobody takes the processor; what turns out to be more is begun anew on a platform thread, when it is its turn.
 */
@Component
final class OnDemandFeatures {

    private static final String WHAT = "Computing the on-demand features of these rows";

    /** Five times what the steps of light work take, so that a busy processor alone makes none heavy. */
    private static final Duration LONGEST_LIGHT = Duration.ofMillis(50);

    private final HeavyWork heavy;
    private final Duration longestLight;

    @Autowired
    OnDemandFeatures(HeavyWork heavy) {
        this(heavy, LONGEST_LIGHT);
    }

    /** @param longestLight how long is computed on the spot */
    OnDemandFeatures(HeavyWork heavy, Duration longestLight) {
        this.heavy = heavy;
        this.longestLight = longestLight;
    }

    /**
     * @param outcomes of the plan's reads
     * @throws dev.asof.shared.AsofException PAYLOAD_TOO_LARGE when more comes of them than can be held, TOO_MANY_REQUESTS when
     *     others compute as much and won't be done soon, INVALID when it takes too long
     */
    Computed compute(LookupPlan plan, RowOutcome[] outcomes, Instant asOf) {
        if (plan.template().onDemand().isEmpty()) {
            return Computed.NOTHING;
        }
        return new Computation(plan, outcomes, asOf, ComputationLimits.light(longestLight))
                .run()
                .orElseGet(() -> computeElsewhere(plan, outcomes, asOf));
    }

    private Computed computeElsewhere(LookupPlan plan, RowOutcome[] outcomes, Instant asOf) {
        var computed = new AtomicReference<Computed>();
        try (var thread = new ProducerThread<Void, RuntimeException, RuntimeException>("on-demand", () -> {
            computed.set(heavy.run(
                    WHAT,
                    () -> new Computation(plan, outcomes, asOf, ComputationLimits.heavy())
                            .run()
                            .orElseThrow()));
            return null;
        })) {
            thread.take();
        }
        return Objects.requireNonNull(computed.get());
    }
}
