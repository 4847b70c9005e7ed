package dev.asof.materialization.tile;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.SourceName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** What it takes to keep aggregates online: how soon they are after a commit, how much is written, and how late rows come. */
@Component
public class PublicationMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(2),
        Duration.ofMinutes(10)
    };

    /** How long after their event rows are accepted. */
    public enum Lateness {
        MINUTES("1m-1h", Duration.ofMinutes(1)),
        HOURS("1h-1d", Duration.ofHours(1)),
        DAYS("1d-30d", Duration.ofDays(1)),
        MORE("30d+", Duration.ofDays(30));

        private final String text;
        private final Duration least;

        Lateness(String text, Duration least) {
            this.text = text;
            this.least = least;
        }

        public Duration least() {
            return least;
        }
    }

    /**
     * Of a view version.
     *
     * @param delay from a commit until its keys are online
     * @param failures that left a batch pending
     * @param whole keys that were published whole
     * @param parts keys of which the finest tiles were replaced
     * @param age of the oldest event that was touched
     */
    public record OfView(Timer delay, Counter failures, Counter whole, Counter parts, Timer age) {

        private List<Meter> all() {
            return List.of(delay, failures, whole, parts, age);
        }
    }

    private final MeterRegistry registry;
    private final Map<Long, OfView> views = new ConcurrentHashMap<>();
    private final Map<SourceName, List<Counter>> late = new ConcurrentHashMap<>();

    PublicationMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    public OfView of(RegisteredView view) {
        return views.computeIfAbsent(view.id(), _ -> {
            String version = view.version().toString();
            return new OfView(
                    Timer.builder("asof.aggregates.delay")
                            .description("From a batch's commit until the aggregates of its keys are online")
                            .tag("view", version)
                            .serviceLevelObjectives(BUCKETS)
                            .register(registry),
                    Counter.builder("asof.aggregates.failures")
                            .description("Attempts to bring aggregates online that left batches pending")
                            .tag("view", version)
                            .register(registry),
                    keys(version, "whole"),
                    keys(version, "part"),
                    Timer.builder("asof.aggregates.touched.age")
                            .description("How long ago the oldest event was that a batch touched")
                            .tag("view", version)
                            .register(registry));
        });
    }

    private Counter keys(String version, String kind) {
        return Counter.builder("asof.aggregates.keys")
                .description("Keys whose aggregates were brought online: whole, or the part that changed")
                .baseUnit("keys")
                .tag("view", version)
                .tag("kind", kind)
                .register(registry);
    }

    public void forget(RegisteredView view) {
        var gone = views.remove(view.id());
        if (gone != null) {
            gone.all().forEach(registry::remove);
        }
    }

    public void forget(SourceName source) {
        var gone = late.remove(source);
        if (gone != null) {
            gone.forEach(registry::remove);
        }
    }

    /** Counters of late rows, by {@link Lateness}. */
    public List<Counter> late(SourceName source) {
        return late.computeIfAbsent(
                source,
                _ -> Arrays.stream(Lateness.values())
                        .map(lateness -> Counter.builder("asof.late.rows")
                                .description(
                                        "Rows accepted long after their event, by how long, of sources with aggregates")
                                .baseUnit("rows")
                                .tag("source", source.value())
                                .tag("age", lateness.text)
                                .register(registry))
                        .toList());
    }
}
