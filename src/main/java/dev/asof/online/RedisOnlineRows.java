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
     * @param full whether a process takes no more rows
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Partial(byte @Nullable [][] rows, BitSet unread, boolean full) {}

    /**
     * The rows of one process.
     *
     * @param positions where they stand among all
     */
    private record Share(List<byte[]> keys, List<Integer> positions) {}

    private record Sent(RedisNode node, Condition.Complete condition, Share share, NodeRead read) {}

    private final RedisNodes nodes;
    private final RedisMonitor monitor;

    RedisOnlineRows(RedisNodes nodes, RedisMonitor monitor) {
        this.nodes = nodes;
        this.monitor = monitor;
    }

    Partial read(List<RowAddress> addresses) {
        var rows = new byte @Nullable [addresses.size()][];
        var unread = new BitSet();
        var sent = new ArrayList<Sent>(1);
        shares(addresses, unread).forEach((node, share) -> send(node, share)
                .ifPresentOrElse(sent::add, () -> share.positions().forEach(unread::set)));
        boolean full = false;
        for (Sent each : sent) {
            var answer = await(each);
            List<Integer> positions = each.share().positions();
            if (answer.isEmpty()) {
                positions.forEach(unread::set);
                continue;
            }
            for (int i = 0; i < positions.size(); i++) {
                rows[positions.get(i)] = answer.get().get(i);
            }
            full |= each.node().isFull();
        }
        return new Partial(rows, unread, full);
    }

    private Map<RedisNode, Share> shares(List<RowAddress> addresses, BitSet unread) {
        var shares = new LinkedHashMap<RedisNode, Share>();
        for (int i = 0; i < addresses.size(); i++) {
            byte[] key = RowKeys.key(addresses.get(i).view(), addresses.get(i).key());
            var node = nodes.ofSlot(nodes.slot(key));
            if (node.isEmpty()) {
                unread.set(i);
                continue;
            }
            var share = shares.computeIfAbsent(node.get(), _ -> new Share(new ArrayList<>(), new ArrayList<>()));
            share.keys().add(key);
            share.positions().add(i);
        }
        return shares;
    }

    private Optional<Sent> send(RedisNode node, Share share) {
        if (!(node.condition() instanceof Condition.Complete complete)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Sent(node, complete, share, NodeRead.send(node, complete, share.keys())));
        } catch (AsofException e) {
            suspect(node, complete, e);
            return Optional.empty();
        }
    }

    private Optional<List<byte @Nullable []>> await(Sent sent) {
        try {
            var rows = sent.read().await();
            if (rows.isEmpty()) {
                monitor.suspect(sent.node(), sent.condition(), REPLACED);
            }
            return rows;
        } catch (AsofException e) {
            suspect(sent.node(), sent.condition(), e);
            return Optional.empty();
        }
    }

    private void suspect(RedisNode node, Condition.Complete read, AsofException failure) {
        monitor.suspect(node, read, new Condition.Unreachable(String.valueOf(failure.getCause())));
    }
}
