package dev.asof.online.redis;

import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis Cluster: who holds which slots is asked of the cluster now and then, and as soon as something fails. Each
 * master is a process like a single Redis, with a mark and a checkpoint of its own in one of its slots.
 */
final class RedisCluster implements RedisNodes {

    private static final Logger LOG = LoggerFactory.getLogger(RedisCluster.class);
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    /** What fails asks for a new look at once, but the cluster needs a while to agree on a new master. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    /**
     * Who holds what.
     *
     * @param masters by their address and the hash tag of their mark
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Layout(
            Map<String, RedisNode> masters, @Nullable RedisNode[] bySlot, boolean whole) {

        static final Layout UNKNOWN = new Layout(Map.of(), new @Nullable RedisNode[SlotHash.SLOT_COUNT], false);
    }

    private final RedisClusterClient topology;
    private final BiFunction<RedisURI, String, RedisNode> newNode;
    private final BackgroundLoop looking;
    private volatile Layout layout = Layout.UNKNOWN;

    /** @param newNode makes a node of an address and the hash tag of its mark */
    RedisCluster(RedisClusterClient topology, BiFunction<RedisURI, String, RedisNode> newNode, BackgroundLoops loops) {
        this.topology = topology;
        this.newNode = newNode;
        this.looking = loops.every(INTERVAL, PAUSE, "redis-cluster", this::refresh);
        refresh();
        looking.start();
    }

    @Override
    public List<RedisNode> all() {
        return List.copyOf(layout.masters().values());
    }

    @Override
    public boolean areAll() {
        return layout.whole();
    }

    @Override
    public int slot(byte[] key) {
        return SlotHash.getSlot(key);
    }

    @Override
    public Optional<RedisNode> ofSlot(int slot) {
        return Optional.ofNullable(layout.bySlot()[slot]);
    }

    @Override
    public void changed() {
        looking.wake();
    }

    private void refresh() {
        try {
            topology.refreshPartitions();
            var before = layout;
            layout = layout(before);
            before.masters().forEach((name, node) -> {
                if (!layout.masters().containsKey(name)) {
                    node.close();
                }
            });
        } catch (RedisException e) {
            LOG.debug("The cluster's layout can't be read now: {}", e.getMessage());
        }
    }

    private Layout layout(Layout before) {
        var masters = new HashMap<String, RedisNode>();
        var bySlot = new @Nullable RedisNode[SlotHash.SLOT_COUNT];
        int held = 0;
        for (RedisClusterNode found : topology.getPartitions()) {
            if (!found.getRole().isUpstream() || found.hasNoSlots()) {
                continue;
            }
            String tag = hashTag(found);
            RedisURI uri = found.getUri();
            String name = uri.getHost() + ":" + uri.getPort() + tag;
            RedisNode known = before.masters().get(name);
            RedisNode node = known != null ? known : newNode.apply(uri, tag);
            masters.put(name, node);
            for (int slot : new ArrayList<>(found.getSlots())) {
                bySlot[slot] = node;
                held++;
            }
        }
        return new Layout(masters, bySlot, held == SlotHash.SLOT_COUNT);
    }

    /** The first one that lies in a slot of the node: the same for every server, and for the node's successor. */
    private static String hashTag(RedisClusterNode node) {
        for (int i = 0; ; i++) {
            String tag = "{" + i + "}";
            if (node.hasSlot(SlotHash.getSlot(tag))) {
                return tag;
            }
        }
    }

    @Override
    public void close() {
        looking.stop();
        all().forEach(RedisNode::close);
        topology.close();
    }
}
