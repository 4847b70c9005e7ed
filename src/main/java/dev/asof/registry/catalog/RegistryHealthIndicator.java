package dev.asof.registry.catalog;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Tells, in health and a metric, what this server leaves to newer ones. It stays in service: it answers for all else,
 * and to take it out of service would lose that.
 */
@Component("registry")
final class RegistryHealthIndicator extends AbstractHealthIndicator {

    private static final Status DEGRADED = new Status("DEGRADED");
    private static final int LISTED = 20;

    private final CatalogCache cache;

    RegistryHealthIndicator(CatalogCache cache, MeterRegistry meters) {
        this.cache = cache;
        Gauge.builder(
                        "asof.registry.unreadable",
                        () -> cache.current().unreadable().live().size())
                .description("Versions of definitions in force that this server can't read or compute, as a newer one "
                        + "registered them: it takes no rows and jobs of their sources")
                .baseUnit("versions")
                .register(meters);
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        var unreadable = cache.current().unreadable().live();
        if (unreadable.isEmpty()) {
            builder.up();
            return;
        }
        builder.status(DEGRADED)
                .withDetail(
                        "left_to_newer_servers",
                        unreadable.stream()
                                .limit(LISTED)
                                .map(version -> "%s: %s".formatted(version, version.why()))
                                .toList())
                .withDetail("mend", "upgrade this server");
    }
}
