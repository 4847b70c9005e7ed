package dev.asof.offline.tile;

import dev.asof.shared.Timestamps;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/** Counts what late rows cost. */
@Component
class TileMetrics {

    private final Counter recomputed;
    private final Counter built;
    private final AtomicLong oldestAge = new AtomicLong();
    private final Clock clock;

    TileMetrics(MeterRegistry registry, Clock clock) {
        this.clock = clock;
        this.recomputed = Counter.builder("asof.tiles.recomputed")
                .description(
                        "Stored tiles that batches recomputed because a row stands in them, or one that it replaces")
                .register(registry);
        this.built = Counter.builder("asof.tiles.built")
                .description("Tiles that were made in the background")
                .register(registry);
        TimeGauge.builder("asof.tiles.oldest.age", oldestAge, TimeUnit.MILLISECONDS, AtomicLong::get)
                .description("How long ago the oldest tile began that a batch has recomputed since the server started")
                .register(registry);
    }

    void recomputed(Collection<Place> places) {
        recomputed.increment(places.size());
        places.stream().mapToLong(Place::start).min().ifPresent(start -> {
            long age = Duration.between(Timestamps.ofMicros(start), clock.instant())
                    .toMillis();
            oldestAge.accumulateAndGet(age, Math::max);
        });
    }

    void built(int tiles) {
        built.increment(tiles);
    }
}
