package dev.asof.ingestion.batch;

import dev.asof.ingestion.TableReadOutcome;
import dev.asof.registry.RegistryRefreshed;
import dev.asof.registry.SourceDefinition;
import dev.asof.shared.AsofException;
import dev.asof.shared.SourceName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Counts what became of the rows that were sent, by source. */
@Component
public class IngestionMetrics {

    private static final Duration[] BUCKETS = {
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

    private record SourceMeters(Counter accepted, Counter quarantined, Counter refused, Timer duration) {

        void removeFrom(MeterRegistry registry) {
            List.of(accepted, quarantined, refused, duration).forEach(registry::remove);
        }
    }

    private final MeterRegistry registry;
    private final Map<SourceName, SourceMeters> sources = new ConcurrentHashMap<>();

    IngestionMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Has meters for the sources there are, and for no other. They stand at 0 before the first row comes: Prometheus
     * sees no growth in a counter that begins higher.
     */
    @EventListener
    void on(RegistryRefreshed event) {
        Set<SourceName> known = event.snapshot().sources().stream()
                .map(source -> source.definition().name())
                .collect(Collectors.toSet());
        known.forEach(this::meters);
        sources.entrySet().removeIf(entry -> {
            boolean gone = !known.contains(entry.getKey());
            if (gone) {
                entry.getValue().removeFrom(registry);
            }
            return gone;
        });
    }

    /** Counts a batch that is durable. */
    void accepted(SourceName source, BatchAnswer answer, Duration took) {
        SourceMeters meters = meters(source);
        meters.accepted().increment(answer.accepted());
        meters.quarantined().increment(answer.quarantined());
        meters.duration().record(took);
    }

    /** Counts what a read of a table took, deletions included. */
    public void read(SourceName source, TableReadOutcome outcome, Duration took) {
        SourceMeters meters = meters(source);
        meters.accepted().increment(outcome.newRows() + outcome.changedRows() + outcome.vanishedRows());
        meters.quarantined().increment(outcome.quarantined());
        meters.duration().record(took);
    }

    /** Counts rows that left quarantine; those that stay were counted when they came. */
    void replayed(SourceName source, long rows) {
        meters(source).accepted().increment(rows);
    }

    /**
     * Judges a batch by its contract, and counts one that is refused whole.
     *
     * @throws AsofException CONTRACT_VIOLATED
     */
    public void judge(BatchTally tally, SourceDefinition source) {
        try {
            tally.judge(source);
        } catch (AsofException e) {
            meters(source.name()).refused().increment(tally.accepted() + tally.refused());
            throw e;
        }
    }

    private SourceMeters meters(SourceName source) {
        return sources.computeIfAbsent(
                source,
                name -> new SourceMeters(
                        rows(name, "accepted"),
                        rows(name, "quarantined"),
                        rows(name, "refused"),
                        Timer.builder("asof.ingestion.duration")
                                .description(
                                        "Batches, from their first byte until they are durable and the online store"
                                                + " was written")
                                .tag("source", name.value())
                                .serviceLevelObjectives(BUCKETS)
                                .register(registry)));
    }

    private Counter rows(SourceName source, String outcome) {
        return Counter.builder("asof.ingestion.rows")
                .description("Rows that were sent: accepted, quarantined, or refused with their whole batch")
                .baseUnit("rows")
                .tag("source", source.value())
                .tag("outcome", outcome)
                .register(registry);
    }
}
