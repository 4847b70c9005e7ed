package dev.asof.offline;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How the offline store is used.
 *
 * @param copies of feature rows for large joins
 */
@ConfigurationProperties("asof.offline")
record OfflineProperties(@DefaultValue Copies copies) {

    /**
     * Copies of feature rows on the server.
     *
     * @param leastSpineRows joins of fewer are left to Postgres
     * @param maxSize what all copies together may take of the disk, in the temporary directory; 0 for none
     */
    record Copies(
            @DefaultValue("10000") int leastSpineRows,
            @DefaultValue("8GB") DataSize maxSize) {}
}
