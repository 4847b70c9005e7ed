package dev.asof.http;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * How much may be under way at once; what is beyond is refused. Each kind of request has limits of its own, so that none
 * starves the others.
 *
 * @param lookups lookups at once; by default 64 a processor
 * @param ingestion requests with rows at once; by default 32 a processor
 * @param other all other requests at once; by default 16 a processor
 * @param bodyMemory the bodies that the requests of a kind hold in memory, together; by default 1/32 of the heap
 */
@ConfigurationProperties("asof.limits")
record LimitsProperties(
        @Nullable Integer lookups,
        @Nullable Integer ingestion,
        @Nullable Integer other,
        @Nullable DataSize bodyMemory) {

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final int PARTS_OF_HEAP = 32;

    LimitsProperties {
        lookups = lookups == null ? 64 * PROCESSORS : lookups;
        ingestion = ingestion == null ? 32 * PROCESSORS : ingestion;
        other = other == null ? 16 * PROCESSORS : other;
        bodyMemory = bodyMemory == null
                ? DataSize.ofBytes(Runtime.getRuntime().maxMemory() / PARTS_OF_HEAP)
                : bodyMemory;
    }
}
