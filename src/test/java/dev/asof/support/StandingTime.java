package dev.asof.support;

import java.time.Instant;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/**
 * A server whose clock stands still until a test sets it; tests that import this share one. Scheduled work that puts itself
 * off doesn't come back there: nothing may be waited for.
 */
@TestConfiguration(proxyBeanMethods = false)
public class StandingTime {

    @Bean
    @Primary
    MutableClock standingTime() {
        return MutableClock.standing(Instant.parse("2026-03-08T06:30:00Z"));
    }
}
