package dev.asof.postgres;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How Postgres is watched.
 *
 * @param silenceLimit how long Postgres may leave the simplest question unanswered before its connections are broken
 *     off
 */
@ConfigurationProperties("asof.offline")
record PostgresProperties(@DefaultValue("10s") Duration silenceLimit) {}
