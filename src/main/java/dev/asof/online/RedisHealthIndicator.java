package dev.asof.online;

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
        builder.up();
        nodes.all().forEach(node -> check(node, builder));
    }

    private static void check(RedisNode node, Health.Builder builder) {
        // INFO rather than CONFIG GET, which managed services refuse
        var memory = new RedisInfo(node.lookups().await(node.lookups().send(commands -> commands.info("memory"))));
        String policy = memory.get(POLICY);
        builder.withDetail(POLICY, policy);
        if (!policy.isEmpty() && !policy.equals(NO_EVICTION)) {
            builder.down().withDetail("mend", "set maxmemory-policy to " + NO_EVICTION);
        }
    }
}
