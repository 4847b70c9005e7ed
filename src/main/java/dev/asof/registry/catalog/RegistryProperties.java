package dev.asof.registry.catalog;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the registry runs.
 *
 * @param lockTimeout how long a change waits for the batches of its sources
 * @param pollInterval how often this server looks for changes made through others
 */
@ConfigurationProperties("asof.registry")
record RegistryProperties(
        @DefaultValue("60s") Duration lockTimeout,
        @DefaultValue("300ms") Duration pollInterval) {}
