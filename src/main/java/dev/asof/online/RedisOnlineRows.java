package dev.asof.online;

import io.lettuce.core.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads all rows of a lookup in one round trip. */
@Component
final class RedisOnlineRows implements OnlineRows {

    /** Redis serves nobody else during one command, so that a great lookup is sent as several at once. */
    private static final int KEYS_PER_COMMAND = 4_000;

    private final RedisConnection redis;
    private final StoreMetrics metrics;

    RedisOnlineRows(RedisConnection lookupConnection, StoreMetrics metrics) {
        this.redis = lookupConnection;
        this.metrics = metrics;
    }

    @Override
    public List<byte @Nullable []> read(List<RowAddress> addresses) {
        return metrics.time(StoreMetrics.RoundTrip.REDIS_READ, () -> readFromRedis(addresses));
    }

    private List<byte @Nullable []> readFromRedis(List<RowAddress> addresses) {
        var replies = new ArrayList<Future<List<KeyValue<byte[], byte[]>>>>();
        for (int from = 0; from < addresses.size(); from += KEYS_PER_COMMAND) {
            int to = Math.min(addresses.size(), from + KEYS_PER_COMMAND);
            replies.add(get(addresses.subList(from, to)));
        }
        var rows = new ArrayList<byte @Nullable []>(addresses.size());
        for (var reply : replies) {
            for (var row : redis.await(reply)) {
                rows.add(row.getValueOrElse(null));
            }
        }
        return rows;
    }

    private Future<List<KeyValue<byte[], byte[]>>> get(List<RowAddress> addresses) {
        byte[][] keys = new byte[addresses.size()][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = RowKeys.key(addresses.get(i).view(), addresses.get(i).key());
        }
        return redis.send(commands -> commands.mget(keys));
    }
}
