package dev.asof.online;

import java.util.Optional;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.stereotype.Component;

/** Down while Redis does not answer, or may evict rows: a row that went missing would look as if it never was. */
@Component
final class RedisHealthIndicator extends AbstractHealthIndicator {

    private static final String POLICY = "maxmemory_policy";
    private static final String NO_EVICTION = "noeviction";

    private final RedisNodes nodes;

    RedisHealthIndicator(RedisNodes nodes) {
        super("Redis does not answer");
        this.nodes = nodes;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        // INFO rather than CONFIG GET, which managed services refuse
        RedisConnection redis = nodes.all().getFirst().lookups();
        String memory = redis.await(redis.send(commands -> commands.info("memory")));
        Optional<String> policy = memory.lines()
                .filter(line -> line.startsWith(POLICY + ":"))
                .map(line -> line.substring(POLICY.length() + 1).strip())
                .findFirst();
        builder.up();
        policy.ifPresent(name -> builder.withDetail(POLICY, name));
        if (policy.isPresent() && !policy.get().equals(NO_EVICTION)) {
            builder.down().withDetail("mend", "set maxmemory-policy to " + NO_EVICTION);
        }
    }
}
