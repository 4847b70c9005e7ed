package dev.asof.online;

import dev.asof.registry.RegisteredView;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import java.util.Collection;
import org.springframework.stereotype.Component;

/** The online store in Redis: one string per view version and entity key. */
@Component
final class RedisOnlineStore implements OnlineStore {

    private static final int KEYS_PER_SCAN = 1_000;

    private final RedisConnection redis;
    private final StoreMetrics metrics;

    RedisOnlineStore(RedisConnection writeConnection, StoreMetrics metrics) {
        this.redis = writeConnection;
        this.metrics = metrics;
    }

    @Override
    public OnlineRow pack(RegisteredView view, FeatureRow row) {
        return new OnlineRow(
                row.key(), Timestamps.toMicros(row.eventTimestamp()), row.rowSequence(), RowCodec.pack(view, row));
    }

    @Override
    public void write(RegisteredView view, Collection<OnlineRow> rows) {
        metrics.time(StoreMetrics.RoundTrip.REDIS_WRITE, () -> writeToRedis(view, rows));
    }

    private void writeToRedis(RegisteredView view, Collection<OnlineRow> rows) {
        var pipeline = new WritePipeline(redis);
        for (OnlineRow row : rows) {
            pipeline.add(RowKeys.key(view, row.key()), row.value());
        }
        pipeline.finish();
    }

    @Override
    public void clear(long viewId) {
        var matching = ScanArgs.Builder.matches(RowKeys.pattern(viewId)).limit(KEYS_PER_SCAN);
        KeyScanCursor<byte[]> page = redis.await(redis.send(commands -> commands.scan(matching)));
        unlink(page);
        while (!page.isFinished()) {
            ScanCursor position = page;
            page = redis.await(redis.send(commands -> commands.scan(position, matching)));
            unlink(page);
        }
    }

    private void unlink(KeyScanCursor<byte[]> page) {
        if (!page.getKeys().isEmpty()) {
            byte[][] keys = page.getKeys().toArray(new byte[0][]);
            redis.await(redis.send(commands -> commands.unlink(keys)));
        }
    }
}
