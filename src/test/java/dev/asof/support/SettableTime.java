package dev.asof.support;

import java.time.Clock;
import java.time.Instant;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** A server whose clock a test sets, and which ticks from there; tests that import this share one. */
@TestConfiguration(proxyBeanMethods = false)
public class SettableTime {

    @Bean
    @Primary
    MutableClock settableTime() {
        return MutableClock.ticking(Instant.parse("2026-11-21T07:48:00Z"));
    }

    /** The clock of a server with this configuration. */
    public static MutableClock of(Clock clock) {
        return (MutableClock) clock;
    }
}
