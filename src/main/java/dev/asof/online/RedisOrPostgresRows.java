package dev.asof.online;

import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Component;

/** Reads from Redis as long as it holds everything, and else from Postgres (rule O3). */
@Component
final class RedisOrPostgresRows implements OnlineRows {

    private final RedisOnlineRows redis;
    private final PostgresRows postgres;

    RedisOrPostgresRows(RedisOnlineRows redis, PostgresRows postgres) {
        this.redis = redis;
        this.postgres = postgres;
    }

    @Override
    public Read read(List<RowAddress> addresses, Instant asOf) {
        return redis.read(addresses)
                .orElseGet(() -> new Read(postgres.read(addresses, asOf), true));
    }
}
