package dev.asof.online;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Keeps the mark under a key that no row can have. */
@Component
final class RedisStoreIdentity implements StoreIdentity {

    private static final byte[] KEY = "asof:store_id".getBytes(StandardCharsets.US_ASCII);

    private final RedisConnection redis;

    RedisStoreIdentity(RedisConnection writeConnection) {
        this.redis = writeConnection;
    }

    @Override
    public Optional<String> read() {
        return redis.awaitOptional(redis.send(commands -> commands.get(KEY)))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public void assign(String id) {
        redis.await(redis.send(commands -> commands.set(KEY, id.getBytes(StandardCharsets.UTF_8))));
    }
}
