package dev.asof.online.redis;

import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineRow;
import dev.asof.online.OnlineStore;
import dev.asof.online.Publication;
import dev.asof.online.Published;
import dev.asof.online.PublishedKey;
import dev.asof.online.StoreMetrics;
import dev.asof.online.row.KeyPatch;
import dev.asof.online.row.PackedKey;
import dev.asof.online.row.RowCodec;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.EntityKey;
import dev.asof.shared.FeatureRow;
import dev.asof.shared.Timestamps;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** The online store in Redis: one string per view version and entity key. */
@Component
public final class RedisOnlineStore implements OnlineStore {

    /** In a cluster each may take a command of its own. */
    private static final int KEYS_PER_SCAN = 200;

    private final RedisNodes nodes;
    private final StoreMetrics metrics;

    RedisOnlineStore(RedisNodes nodes, StoreMetrics metrics) {
        this.nodes = nodes;
        this.metrics = metrics;
    }

    @Override
    public OnlineRow pack(RegisteredView view, FeatureRow row) {
        return new OnlineRow(
                row.key(), Timestamps.toMicros(row.eventTimestamp()), row.rowSequence(), RowCodec.pack(view, row));
    }

    @Override
    public FencingTokens write(RegisteredView view, Collection<OnlineRow> rows) {
        return metrics.time(StoreMetrics.RoundTrip.REDIS_WRITE, () -> writeToRedis(view, rows));
    }

    private FencingTokens writeToRedis(RegisteredView view, Collection<OnlineRow> rows) {
        var writing = new Writing(view, NewerWins.SCRIPT);
        for (OnlineRow row : rows) {
            writing.add(row.key(), row.value());
        }
        return writing.finish().tokens();
    }

    @Override
    public Published publish(RegisteredView view, Publication publication, Collection<PublishedKey> keys) {
        return metrics.time(
                StoreMetrics.RoundTrip.REDIS_WRITE,
                () -> publish(view, keys, PublishScripts.WHOLE, key -> PackedKey.pack(view, publication, key)));
    }

    @Override
    public Published patch(RegisteredView view, Publication publication, Collection<PublishedKey> keys) {
        return metrics.time(
                StoreMetrics.RoundTrip.REDIS_WRITE,
                () -> publish(view, keys, PublishScripts.PATCH, key -> KeyPatch.pack(view, publication, key)));
    }

    private Published publish(
            RegisteredView view,
            Collection<PublishedKey> keys,
            RedisScript script,
            Function<PublishedKey, byte[]> pack) {
        var writing = new Writing(view, script);
        for (PublishedKey key : keys) {
            writing.add(key.key(), pack.apply(key));
        }
        return writing.finish();
    }

    /** Keys of a view on their way to the processes that hold them. */
    private final class Writing {

        private final RegisteredView view;
        private final RedisScript script;
        private final Map<RedisNode, WritePipeline> pipelines = new LinkedHashMap<>();
        private final Map<byte[], EntityKey> keys = new IdentityHashMap<>();

        Writing(RegisteredView view, RedisScript script) {
            this.view = view;
            this.script = script;
        }

        void add(EntityKey entity, byte[] value) {
            byte[] key = RowKeys.key(view, entity);
            int slot = nodes.slot(key);
            RedisNode node = nodes.ofSlot(slot).orElseThrow(() -> noNode(slot));
            keys.put(key, entity);
            pipelines.computeIfAbsent(node, it -> new WritePipeline(it, script)).add(slot, key, value);
        }

        Published finish() {
            FencingTokens written = FencingTokens.NONE;
            var again = new HashSet<EntityKey>();
            for (WritePipeline pipeline : pipelines.values()) {
                written = written.and(pipeline.finish());
                pipeline.again().forEach(key -> again.add(Objects.requireNonNull(keys.get(key))));
            }
            return new Published(written, again);
        }
    }

    private AsofException noNode(int slot) {
        nodes.changed();
        return RedisConnection.unavailable(new IllegalStateException("No node holds slot " + slot));
    }

    @Override
    public void clear(long viewId) {
        nodes.all().forEach(node -> clear(node.writes(), viewId));
    }

    private void clear(RedisConnection redis, long viewId) {
        forEachPage(redis, viewId, keys -> unlink(redis, keys));
    }

    @Override
    public long sweep(RegisteredView view, Instant before) {
        byte[] argument = ByteBuffer.allocate(Long.BYTES)
                .putLong(Timestamps.toMicros(before) ^ Long.MIN_VALUE)
                .array();
        var swept = new LongAdder();
        for (RedisNode node : nodes.all()) {
            var redis = node.writes();
            forEachPage(redis, view.id(), keys -> swept.add(sweep(redis, keys, argument)));
        }
        return swept.sum();
    }

    private long sweep(RedisConnection redis, List<byte[]> keys, byte[] before) {
        Map<Integer, List<byte[]>> bySlot = keys.stream().collect(Collectors.groupingBy(nodes::slot));
        var replies = bySlot.values().stream()
                .map(ofSlot -> redis.send(commands -> commands.<Long>eval(
                        PublishScripts.SWEEP, ScriptOutputType.INTEGER, ofSlot.toArray(new byte[0][]), before)))
                .toList();
        return replies.stream().mapToLong(redis::await).sum();
    }

    private static void forEachPage(RedisConnection redis, long viewId, Consumer<List<byte[]>> keys) {
        var matching = ScanArgs.Builder.matches(RowKeys.pattern(viewId)).limit(KEYS_PER_SCAN);
        KeyScanCursor<byte[]> page = redis.await(redis.send(commands -> commands.scan(matching)));
        keys.accept(page.getKeys());
        while (!page.isFinished()) {
            ScanCursor position = page;
            page = redis.await(redis.send(commands -> commands.scan(position, matching)));
            keys.accept(page.getKeys());
        }
    }

    private void unlink(RedisConnection redis, List<byte[]> keys) {
        Map<Integer, List<byte[]>> bySlot = keys.stream().collect(Collectors.groupingBy(nodes::slot));
        var replies = bySlot.values().stream()
                .map(ofSlot -> redis.send(commands -> commands.unlink(ofSlot.toArray(new byte[0][]))))
                .toList();
        replies.forEach(redis::await);
    }
}
