package dev.asof.online;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Limits of the online store.
 *
 * @param lookupTimeout how long a lookup waits for Redis
 * @param writeTimeout how long a writer waits for Redis to take a part of a batch
 * @param fallback limits of lookups that Redis can't answer
 * @param maxRows the most entity rows one lookup may have
 * @param maxBody the largest body a lookup may have
 */
@ConfigurationProperties("asof.online")
public record OnlineProperties(
        @DefaultValue("300ms") Duration lookupTimeout,
        @DefaultValue("10s") Duration writeTimeout,
        @DefaultValue Fallback fallback,
        @DefaultValue("5000") int maxRows,
        @DefaultValue("16MB") DataSize maxBody) {

    /**
     * Lookups that are answered from Postgres because Redis can't.
     *
     * @param timeout how long one may take there
     * @param connections how many are answered at once
     */
    public record Fallback(
            @DefaultValue("1s") Duration timeout,
            @DefaultValue("4") int connections) {}
}
