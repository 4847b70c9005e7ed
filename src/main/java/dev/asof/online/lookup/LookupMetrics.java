package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import dev.asof.online.row.RowAddress;
import dev.asof.registry.FeatureSelection;
import dev.asof.registry.RegisteredOnDemandView;
import dev.asof.registry.RegisteredView;
import dev.asof.registry.RegistryRefreshed;
import dev.asof.registry.RegistrySnapshot;
import dev.asof.registry.ServiceVersion;
import dev.asof.shared.AsofException;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ViewVersion;
import dev.asof.transform.ExpressionErrors;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Counts what lookups were answered: how long they took, how many values of which status, how old. Labels are
 * registered services and view versions alone. A lookup counts in its own thread first and then touches each counter
 * once; the age is recorded of some rows, so that a great lookup pays no more than a small one.
 */
@Component
final class LookupMetrics {

    /** In place of a service, of lookups that list features. No service version is called so. */
    static final String AD_HOC = "ad_hoc";

    private static final int STATUSES = ValueStatus.values().length;
    private static final double MICROS_PER_SECOND = 1e6;
    private static final int AGES_A_LOOKUP = 16;

    private static final Duration[] DURATIONS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private static final double[] AGES = List.of(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(30),
                    Duration.ofHours(1),
                    Duration.ofHours(6),
                    Duration.ofDays(1),
                    Duration.ofDays(7),
                    Duration.ofDays(30),
                    Duration.ofDays(90))
            .stream()
            .mapToDouble(Duration::toSeconds)
            .toArray();

    /** A service's, or those of all lookups without one. */
    private record ServiceMeters(Timer duration, Counter entities, Counter degraded) {

        void removeFrom(MeterRegistry registry) {
            List.of(duration, entities, degraded).forEach(registry::remove);
        }
    }

    /** A view version's; the counters by status. */
    private record ViewMeters(List<Counter> values, DistributionSummary age) {

        void removeFrom(MeterRegistry registry) {
            values.forEach(registry::remove);
            registry.remove(age);
        }
    }

    /** An on-demand view version's; the counters by status. */
    private record ComputedMeters(List<Counter> values, Counter errors) {

        void removeFrom(MeterRegistry registry) {
            values.forEach(registry::remove);
            registry.remove(errors);
        }
    }

    private final MeterRegistry registry;
    private final ServiceMeters adHoc;
    private final Map<ServiceVersion, ServiceMeters> services = new ConcurrentHashMap<>();
    private final Map<Long, ViewMeters> views = new ConcurrentHashMap<>();
    private final Map<Long, ComputedMeters> onDemandViews = new ConcurrentHashMap<>();

    LookupMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.adHoc = serviceMeters(AD_HOC);
    }

    /** Has meters for every live view version, and none for versions that are gone. */
    @EventListener
    void on(RegistryRefreshed event) {
        var live = event.snapshot().liveViews();
        live.forEach(this::viewMeters);
        var liveIds = live.stream().map(RegisteredView::id).collect(Collectors.toSet());
        removeUnless(liveIds::contains, views, meters -> meters.removeFrom(registry));
        var computed = event.snapshot().liveOnDemandViews();
        computed.forEach(this::computedMeters);
        var computedIds = computed.stream().map(RegisteredOnDemandView::id).collect(Collectors.toSet());
        removeUnless(computedIds::contains, onDemandViews, meters -> meters.removeFrom(registry));
        removeUnless(version -> !isGone(version, event.snapshot()), services, meters -> meters.removeFrom(registry));
    }

    private static <K, M> void removeUnless(Predicate<K> isLive, Map<K, M> meters, Consumer<M> remove) {
        meters.entrySet().removeIf(entry -> {
            boolean gone = !isLive.test(entry.getKey());
            if (gone) {
                remove.accept(entry.getValue());
            }
            return gone;
        });
    }

    private static boolean isGone(ServiceVersion version, RegistrySnapshot snapshot) {
        try {
            snapshot.service(version.toString());
            return false;
        } catch (AsofException e) {
            return true;
        }
    }

    void answered(PackedAnswer answer, long nanos) {
        var plan = answer.plan();
        ServiceMeters service = plan.selection()
                .service()
                .map(version -> services.computeIfAbsent(version, it -> serviceMeters(it.toString())))
                .orElse(adHoc);
        service.duration().record(nanos, TimeUnit.NANOSECONDS);
        service.entities().increment(answer.rows().count());
        if (answer.degraded()) {
            service.degraded().increment();
        }
        recordAges(answer);
        countValues(answer);
    }

    private void recordAges(PackedAnswer answer) {
        long asOf = Timestamps.toMicros(answer.asOf());
        List<RowAddress> reads = answer.plan().reads();
        int step = Math.max(1, reads.size() / AGES_A_LOOKUP);
        for (int i = 0; i < reads.size(); i += step) {
            recordAge(answer.outcomes()[i], reads.get(i), asOf);
        }
    }

    private void recordAge(RowOutcome outcome, RowAddress address, long asOf) {
        switch (outcome) {
            case RowOutcome.NotFound() -> {}
            case RowOutcome.TooOld tooOld -> recordAge(address, asOf - tooOld.eventMicros());
            case RowOutcome.Found found -> recordAge(address, asOf - found.row().eventMicros());
            case RowOutcome.Windowed windowed -> {
                if (windowed.values().hasEvents()) {
                    recordAge(address, asOf - windowed.values().newestEventMicros());
                } else {
                    recordAge(windowed.row(), address, asOf);
                }
            }
        }
    }

    private void recordAge(RowAddress address, long micros) {
        viewMeters(address.view()).age().record(Math.max(0, micros) / MICROS_PER_SECOND);
    }

    private void countValues(PackedAnswer answer) {
        var selection = answer.plan().selection();
        int views = selection.views().size();
        var counts = new long[(views + selection.onDemand().size()) * STATUSES];
        answer.common().ifPresent(common -> count(common, counts));
        count(answer.rows(), counts);
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                int view = i / STATUSES;
                var meters = view < views
                        ? viewMeters(selection.views().get(view).view()).values()
                        : computedMeters(selection.onDemand().get(view - views).view())
                                .values();
                meters.get(i % STATUSES).increment(counts[i]);
            }
        }
        countFailures(answer.computed().failures(), selection.onDemand());
    }

    private void countFailures(long[] failures, List<FeatureSelection.OnDemand> views) {
        for (int i = 0; i < failures.length; i++) {
            if (failures[i] > 0) {
                computedMeters(views.get(i).view()).errors().increment(failures[i]);
            }
        }
    }

    private static void count(AnsweredRows rows, long[] counts) {
        for (int row = 0; row < rows.count(); row++) {
            for (int column = 0; column < rows.width(); column++) {
                int status = rows.status(row, column).ordinal();
                counts[rows.countedAs(column) * STATUSES + status]++;
            }
        }
    }

    private ServiceMeters serviceMeters(String service) {
        return new ServiceMeters(
                Timer.builder("asof.lookup.duration")
                        .description("Lookups that were answered, without reading the request and writing the answer")
                        .tag("service", service)
                        .serviceLevelObjectives(DURATIONS)
                        .register(registry),
                Counter.builder("asof.lookup.entities")
                        .description("Entity rows that were answered")
                        .baseUnit("entities")
                        .tag("service", service)
                        .register(registry),
                Counter.builder("asof.lookup.degraded")
                        .description("Lookups answered from elsewhere than the online store")
                        .tag("service", service)
                        .register(registry));
    }

    private ViewMeters viewMeters(RegisteredView view) {
        var known = views.get(view.id());
        return known != null ? known : views.computeIfAbsent(view.id(), _ -> newViewMeters(view.version()));
    }

    private ComputedMeters computedMeters(RegisteredOnDemandView view) {
        var known = onDemandViews.get(view.id());
        return known != null
                ? known
                : onDemandViews.computeIfAbsent(
                        view.id(),
                        _ -> new ComputedMeters(values(view.version()), ExpressionErrors.of(view.version(), registry)));
    }

    private List<Counter> values(ViewVersion view) {
        return Arrays.stream(ValueStatus.values())
                .map(status -> Counter.builder("asof.lookup.values")
                        .description("Values that were answered, by their status")
                        .baseUnit("values")
                        .tag("view", view.toString())
                        .tag("status", status.name())
                        .register(registry))
                .toList();
    }

    private ViewMeters newViewMeters(ViewVersion view) {
        return new ViewMeters(
                values(view),
                DistributionSummary.builder("asof.lookup.value.age")
                        .description("How long before the lookup the event of a row that was read took place")
                        .baseUnit("seconds")
                        .tag("view", view.toString())
                        .serviceLevelObjectives(AGES)
                        .register(registry));
    }
}
