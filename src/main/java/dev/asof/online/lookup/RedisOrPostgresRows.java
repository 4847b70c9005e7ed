package dev.asof.online.lookup;

import dev.asof.online.StoreMetrics;
import dev.asof.online.redis.RedisOnlineRows;
import dev.asof.online.row.RowAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.springframework.stereotype.Component;

/** Reads from Redis as long as it holds everything, and what it can't be trusted with from Postgres (rule O3). */
@Component
final class RedisOrPostgresRows implements OnlineRows {

    private final RedisOnlineRows redis;
    private final PostgresRows postgres;
    private final StoreMetrics metrics;

    RedisOrPostgresRows(RedisOnlineRows redis, PostgresRows postgres, StoreMetrics metrics) {
        this.redis = redis;
        this.postgres = postgres;
        this.metrics = metrics;
    }

    @Override
    public Read read(List<RowAddress> addresses, Instant asOf) {
        var read = redis.read(addresses);
        if (read.unread().isEmpty()) {
            return new Read(Arrays.asList(read.rows()), read.full());
        }
        int[] unread = read.unread().stream().toArray();
        var elsewhere = Arrays.stream(unread).mapToObj(addresses::get).toList();
        var missing = metrics.time(StoreMetrics.RoundTrip.POSTGRES_READ, () -> postgres.read(elsewhere, asOf));
        for (int i = 0; i < unread.length; i++) {
            read.rows()[unread[i]] = missing.get(i);
        }
        return new Read(Arrays.asList(read.rows()), true);
    }
}
