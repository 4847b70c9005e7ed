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

    private final RedisNodes nodes;

    RedisOnlineStore(RedisNodes nodes) {
        this.nodes = nodes;
    }

    @Override
    public OnlineRow pack(RegisteredView view, FeatureRow row) {
        return new OnlineRow(
                row.key(), Timestamps.toMicros(row.eventTimestamp()), row.rowSequence(), RowCodec.pack(view, row));
    }

    @Override
    public WrittenUnder write(RegisteredView view, Collection<OnlineRow> rows) {
        if (rows.isEmpty()) {
            return WrittenUnder.NOTHING;
        }
        RedisNode node = nodes.all().getFirst();
        if (node.condition() instanceof RedisNode.Condition.Unreachable(var why)) {
            throw RedisConnection.unavailable(new IllegalStateException(why));
        }
        try {
            var pipeline = new WritePipeline(node);
            for (OnlineRow row : rows) {
                pipeline.add(RowKeys.key(view, row.key()), row.value());
            }
            return pipeline.finish();
        } catch (OnlineStoreFullException e) {
            node.foundFull();
            throw e;
        }
    }

    @Override
    public void clear(long viewId) {
        nodes.all().forEach(node -> clear(node.writes(), viewId));
    }

    private static void clear(RedisConnection redis, long viewId) {
        var matching = ScanArgs.Builder.matches(RowKeys.pattern(viewId)).limit(KEYS_PER_SCAN);
        KeyScanCursor<byte[]> page = redis.await(redis.send(commands -> commands.scan(matching)));
        unlink(redis, page);
        while (!page.isFinished()) {
            ScanCursor position = page;
            page = redis.await(redis.send(commands -> commands.scan(position, matching)));
            unlink(redis, page);
        }
    }

    private static void unlink(RedisConnection redis, KeyScanCursor<byte[]> page) {
        if (!page.getKeys().isEmpty()) {
            byte[][] keys = page.getKeys().toArray(new byte[0][]);
            redis.await(redis.send(commands -> commands.unlink(keys)));
        }
    }
}
