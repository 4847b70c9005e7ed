package dev.asof.ingestion.batch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How batches are accepted.
 *
 * @param lockTimeout how long a batch waits for a lock, such as that of a change of its source
 */
@ConfigurationProperties("asof.ingestion")
record IngestionProperties(@DefaultValue("15s") Duration lockTimeout) {}
