package dev.asof.materialization.tile;

import dev.asof.online.OnlineStore;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.Registry;
import dev.asof.shared.AsofException;
import dev.asof.shared.Timestamps;
import dev.asof.transform.window.Window;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Removes keys from the online store of which every window has passed by: nothing in Redis expires by its own clock, and a key that
 * no row comes for any more is not published again.
 */
@Component
public class TileSweep {

    private static final Logger LOG = LoggerFactory.getLogger(TileSweep.class);

    /** Clocks are apart, and a tile is longer than the moment at which it was published. */
    private static final Duration MARGIN = Duration.ofHours(1);

    private final Registry registry;
    private final OnlineStore online;
    private final Clock clock;

    TileSweep(Registry registry, OnlineStore online, Clock clock) {
        this.registry = registry;
        this.online = online;
        this.clock = clock;
    }

    /** Goes through all views with aggregates; does nothing while the online store is away. */
    public void run() {
        Instant now = Timestamps.truncated(clock.instant());
        for (RegisteredView view : registry.current().liveViews()) {
            if (view.hasAggregates()) {
                try {
                    sweep(view, now);
                } catch (AsofException e) {
                    LOG.debug("Keys of {} can't be swept now: {}", view.version(), e.getMessage());
                }
            }
        }
    }

    private void sweep(RegisteredView view, Instant now) {
        var aggregated = AggregatedView.of(view, view.aggregates().orElseThrow());
        long needed = aggregated.plan(now, aggregated.finest()).neededFrom();
        if (needed == Window.ALWAYS) {
            return;
        }
        long swept = online.sweep(view, Timestamps.ofMicros(needed).minus(MARGIN));
        if (swept > 0) {
            LOG.info(
                    "{} keys of {} were removed from the online store: their windows have passed",
                    swept,
                    view.version());
        }
    }
}
