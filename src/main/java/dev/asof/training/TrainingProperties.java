package dev.asof.training;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of training requests.
 *
 * @param maxConcurrent how many may run at once; each holds a connection of the server's pool
 */
@ConfigurationProperties("asof.training")
public record TrainingProperties(@DefaultValue("4") int maxConcurrent) {}
