package dev.asof.online.lookup;

import dev.asof.online.StoreMetrics;
import dev.asof.online.redis.RedisOnlineRows;
import dev.asof.online.row.PackedKey;
import dev.asof.online.row.RowAddress;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads from Redis as long as it holds everything, and what it can't be trusted with from Postgres (rule O3). */
@Component
final class RedisOrPostgresRows implements OnlineRows {

    private final RedisOnlineRows redis;
    private final PostgresRows postgres;
    private final StoreMetrics metrics;
    private final Counter elsewhere;

    RedisOrPostgresRows(RedisOnlineRows redis, PostgresRows postgres, StoreMetrics metrics, MeterRegistry registry) {
        this.redis = redis;
        this.postgres = postgres;
        this.metrics = metrics;
        this.elsewhere = Counter.builder("asof.lookup.large.keys")
                .description("Keys with aggregates that were too large for the online store, and read from the offline"
                        + " store")
                .baseUnit("keys")
                .register(registry);
    }

    @Override
    public Read read(List<RowAddress> addresses, Instant asOf) {
        var read = redis.read(addresses);
        addElsewhere(read);
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

    /** Has those read in Postgres of which Redis only says that they are there. */
    private void addElsewhere(RedisOnlineRows.Partial read) {
        byte[] @Nullable [] rows = read.rows();
        for (int i = 0; i < rows.length; i++) {
            byte[] row = rows[i];
            if (row != null && PackedKey.isElsewhere(row)) {
                read.unread().set(i);
                elsewhere.increment();
            }
        }
    }
}
