package dev.asof.online;

import dev.asof.offline.PostgresProbe;
import dev.asof.shared.AsofException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Tells degraded from down. With one store away the server still does part of its work, and to take it out of service
 * would lose that too; it is down when neither answers, or when Redis may evict rows: a row that went missing would
 * look as if it never was.
 */
@Component
final class StoresHealthIndicator extends AbstractHealthIndicator {

    static final Status DEGRADED = new Status("DEGRADED");

    private static final String POLICY = "maxmemory_policy";
    private static final String NO_EVICTION = "noeviction";

    /** What a store is good for at the moment. */
    private enum State {
        ANSWERS,
        AWAY,
        MAY_EVICT
    }

    private final RedisConnection redis;
    private final BooleanSupplier postgresAnswers;

    @Autowired
    StoresHealthIndicator(RedisConnection lookupConnection, PostgresProbe postgres) {
        this(lookupConnection, postgres::answers);
    }

    StoresHealthIndicator(RedisConnection lookupConnection, BooleanSupplier postgresAnswers) {
        this.redis = lookupConnection;
        this.postgresAnswers = postgresAnswers;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        State online = redis(builder);
        State offline = postgresAnswers.getAsBoolean() ? State.ANSWERS : State.AWAY;
        builder.status(status(online, offline)).withDetail("redis", online).withDetail("postgres", offline);
    }

    private static Status status(State redis, State postgres) {
        return switch (redis) {
            case MAY_EVICT -> Status.DOWN;
            case AWAY -> postgres == State.ANSWERS ? DEGRADED : Status.DOWN;
            case ANSWERS -> postgres == State.ANSWERS ? Status.UP : DEGRADED;
        };
    }

    private State redis(Health.Builder builder) {
        try {
            // INFO rather than CONFIG GET, which managed services refuse
            String memory = redis.await(redis.send(commands -> commands.info("memory")));
            Optional<String> policy = memory.lines()
                    .filter(line -> line.startsWith(POLICY + ":"))
                    .map(line -> line.substring(POLICY.length() + 1).strip())
                    .findFirst();
            policy.ifPresent(name -> builder.withDetail(POLICY, name));
            if (policy.isEmpty() || policy.get().equals(NO_EVICTION)) {
                return State.ANSWERS;
            }
            builder.withDetail("mend", "set maxmemory-policy to " + NO_EVICTION);
            return State.MAY_EVICT;
        } catch (AsofException e) {
            return State.AWAY;
        }
    }
}
