package dev.asof.http;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the server stops.
 *
 * @param delay how long it goes on taking requests once its readiness is down, so that balancers notice; longer than
 *     the interval at which they ask
 */
@ConfigurationProperties("asof.shutdown")
record ShutdownProperties(@DefaultValue("1s") Duration delay) {}
