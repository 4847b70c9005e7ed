package dev.asof.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much may be under way at once; what is beyond is refused. Each kind of request has limits of its own, so that none
 * starves the others.
 *
 * @param lookups lookups at once; by default 40 a processor
 * @param ingestion requests with rows at once, which wait together for a commit; by default 128 a processor
 * @param other all other requests at once; by default 16 a processor
 * @param leastBodyRate bytes a second of a body that a sender has to keep up, once it was waited for a grace
 * @param bodyGrace how long a body's sender may keep the server waiting without further ado
 * @param longestBody how long a body's sender may keep the server waiting altogether
 * @param bodyMemory the bodies that the requests of a kind hold in memory, together; by default 1/32 of the heap
 */
@ConfigurationProperties("asof.limits")
record LimitsProperties(
        @Nullable Integer lookups,
        @Nullable Integer ingestion,
        @Nullable Integer other,
        @Nullable DataSize bodyMemory,
        @DefaultValue("16KB") DataSize leastBodyRate,
        @DefaultValue("10s") Duration bodyGrace,
        @DefaultValue("15m") Duration longestBody) {

    private static final int PARTS_OF_HEAP = 32;

    int maxLookups() {
        return orPerProcessor(lookups, 40);
    }

    int maxIngestion() {
        return orPerProcessor(ingestion, 128);
    }

    int maxOther() {
        return orPerProcessor(other, 16);
    }

    private static int orPerProcessor(@Nullable Integer set, int each) {
        return set != null ? set : each * Runtime.getRuntime().availableProcessors();
    }

    long maxBodyBytes() {
        return bodyMemory != null ? bodyMemory.toBytes() : Runtime.getRuntime().maxMemory() / PARTS_OF_HEAP;
    }
}
