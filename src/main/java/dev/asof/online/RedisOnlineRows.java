package dev.asof.online;

import dev.asof.online.RedisNode.Condition;
import dev.asof.shared.AsofException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads all rows of a lookup in one round trip to each Redis process that holds some. */
@Component
final class RedisOnlineRows {

    private static final Condition REPLACED = new Condition.Incomplete("its mark has changed");

    /**
     * What could be read.
     *
     * @param rows in the order of their addresses, null where there is none
     * @param unread the positions of those whose process can't be trusted now
     * @param failed whether a process that counted as complete didn't answer
     * @param full whether a process takes no more rows
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Partial(byte[] @Nullable [] rows, BitSet unread, boolean failed, boolean full) {}

    /** The rows of one process, and where they stand among all. */
    private static final class Share {

        private final List<byte[]> keys = new ArrayList<>();
        private final int[] positions;

        private Share(int most) {
            this.positions = new int[most];
        }

        void add(byte[] key, int position) {
            positions[keys.size()] = position;
            keys.add(key);
        }

        void addTo(BitSet all) {
            for (int i = 0; i < keys.size(); i++) {
                all.set(positions[i]);
            }
        }

        void put(List<byte @Nullable []> read, byte[] @Nullable [] all) {
            for (int i = 0; i < keys.size(); i++) {
                all[positions[i]] = read.get(i);
            }
        }
    }

    private record Asked(RedisNode node, Condition.Complete condition, Share share) {}

    private final RedisNodes nodes;
    private final RedisMonitor monitor;
    private final StoreMetrics metrics;

    RedisOnlineRows(RedisNodes nodes, RedisMonitor monitor, StoreMetrics metrics) {
        this.nodes = nodes;
        this.monitor = monitor;
        this.metrics = metrics;
    }

    Partial read(List<RowAddress> addresses) {
        var unread = new BitSet();
        var asked = new ArrayList<Asked>(1);
        shares(addresses, unread).forEach((node, share) -> {
            if (node.condition() instanceof Condition.Complete complete) {
                asked.add(new Asked(node, complete, share));
            } else {
                share.addTo(unread);
            }
        });
        var rows = new byte[addresses.size()] @Nullable [];
        return asked.isEmpty()
                ? new Partial(rows, unread, false, false)
                : metrics.time(
                        StoreMetrics.RoundTrip.REDIS_READ,
                        () -> readFromRedis(asked, rows, unread),
                        partial -> !partial.failed());
    }

    private Partial readFromRedis(List<Asked> asked, byte[] @Nullable [] rows, BitSet unread) {
        boolean failed = false;
        boolean full = false;
        var reads = asked.stream().map(this::send).toList();
        for (int i = 0; i < reads.size(); i++) {
            Asked one = asked.get(i);
            var answer = await(one, reads.get(i));
            answer.ifPresentOrElse(read -> one.share().put(read, rows), () -> one.share().addTo(unread));
            failed |= answer.isEmpty();
            full |= one.node().isFull();
        }
        return new Partial(rows, unread, failed, full);
    }

    private Map<RedisNode, Share> shares(List<RowAddress> addresses, BitSet unread) {
        var shares = new LinkedHashMap<RedisNode, Share>();
        Optional<RedisNode> last = Optional.empty();
        Share share = new Share(0);
        for (int i = 0; i < addresses.size(); i++) {
            byte[] key = RowKeys.key(addresses.get(i).view(), addresses.get(i).key());
            var node = nodes.ofSlot(nodes.slot(key));
            if (node.isEmpty()) {
                unread.set(i);
                continue;
            }
            if (!node.equals(last)) {
                share = shares.computeIfAbsent(node.get(), _ -> new Share(addresses.size()));
                last = node;
            }
            share.add(key, i);
        }
        return shares;
    }

    private Optional<NodeRead> send(Asked asked) {
        try {
            return Optional.of(NodeRead.send(asked.node(), asked.condition(), asked.share().keys));
        } catch (AsofException e) {
            suspect(asked, e);
            return Optional.empty();
        }
    }

    private Optional<List<byte @Nullable []>> await(Asked asked, Optional<NodeRead> read) {
        try {
            var rows = read.flatMap(NodeRead::await);
            if (rows.isEmpty()) {
                monitor.suspect(asked.node(), asked.condition(), REPLACED);
            }
            return rows;
        } catch (AsofException e) {
            suspect(asked, e);
            return Optional.empty();
        }
    }

    private void suspect(Asked asked, AsofException failure) {
        var unreachable = new Condition.Unreachable(String.valueOf(failure.getCause()));
        monitor.suspect(asked.node(), asked.condition(), unreachable);
    }
}
