package dev.asof.online.redis;

import dev.asof.online.OnlineStoreHealth;
import dev.asof.postgres.PostgresProbe;
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
        /** It answers, but lookups come from the other store until it has back what it lost. */
        INCOMPLETE,
        AWAY,
        MAY_EVICT
    }

    private final OnlineStoreHealth redis;
    private final BooleanSupplier postgresAnswers;

    @Autowired
    StoresHealthIndicator(OnlineStoreHealth redis, PostgresProbe postgres) {
        this(redis, postgres::answers);
    }

    StoresHealthIndicator(OnlineStoreHealth redis, BooleanSupplier postgresAnswers) {
        this.redis = redis;
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
            case AWAY, INCOMPLETE -> postgres == State.ANSWERS ? DEGRADED : Status.DOWN;
            case ANSWERS -> postgres == State.ANSWERS ? Status.UP : DEGRADED;
        };
    }

    private State redis(Health.Builder builder) {
        var policies = redis.evictionPolicies();
        builder.withDetail(POLICY, String.join(", ", policies));
        if (policies.stream().anyMatch(policy -> !policy.equals(NO_EVICTION))) {
            builder.withDetail("mend", "set maxmemory-policy to " + NO_EVICTION);
            return State.MAY_EVICT;
        }
        return switch (redis.state()) {
            case COMPLETE -> State.ANSWERS;
            case INCOMPLETE -> State.INCOMPLETE;
            case UNREACHABLE -> State.AWAY;
        };
    }
}
