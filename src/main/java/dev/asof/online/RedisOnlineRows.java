package dev.asof.online;

import dev.asof.online.RedisNode.Condition;
import dev.asof.shared.AsofException;
import io.lettuce.core.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads all rows of a lookup in one round trip, and with them the mark of the process that they come from: rows count
 * only if the process still has the mark that it had when it was found complete.
 */
@Component
final class RedisOnlineRows {

    /** Redis serves nobody else during one command, so that a great lookup is sent as several at once. */
    private static final int KEYS_PER_COMMAND = 4_000;

    private static final Condition REPLACED = new Condition.Incomplete("its mark has changed");

    private final RedisNodes nodes;
    private final RedisMonitor monitor;

    RedisOnlineRows(RedisNodes nodes, RedisMonitor monitor) {
        this.nodes = nodes;
        this.monitor = monitor;
    }

    /** Rows as they are asked for; empty when Redis can't be trusted now. */
    Optional<OnlineRows.Read> read(List<RowAddress> addresses) {
        RedisNode node = nodes.all().getFirst();
        if (!(node.condition() instanceof Condition.Complete complete)) {
            return Optional.empty();
        }
        try {
            var rows = read(node, complete, addresses);
            if (rows.isEmpty()) {
                monitor.suspect(node, complete, REPLACED);
            }
            return rows.map(packed -> new OnlineRows.Read(packed, node.isFull()));
        } catch (AsofException e) {
            monitor.suspect(node, complete, new Condition.Unreachable(String.valueOf(e.getCause())));
            return Optional.empty();
        }
    }

    private static Optional<List<byte @Nullable []>> read(
            RedisNode node, Condition.Complete complete, List<RowAddress> addresses) {
        var replies = new ArrayList<Future<List<KeyValue<byte[], byte[]>>>>();
        for (int from = 0; from < addresses.size(); from += KEYS_PER_COMMAND) {
            int to = Math.min(addresses.size(), from + KEYS_PER_COMMAND);
            replies.add(get(node, complete, addresses.subList(from, to)));
        }
        var rows = new ArrayList<byte @Nullable []>(addresses.size());
        for (var reply : replies) {
            var values = node.lookups().await(reply);
            if (!Arrays.equals(values.getFirst().getValueOrElse(null), complete.mark())) {
                return Optional.empty();
            }
            for (int i = 1; i < values.size(); i++) {
                rows.add(values.get(i).getValueOrElse(null));
            }
        }
        return Optional.of(rows);
    }

    private static Future<List<KeyValue<byte[], byte[]>>> get(
            RedisNode node, Condition.Complete complete, List<RowAddress> addresses) {
        byte[][] keys = new byte[1 + addresses.size()][];
        keys[0] = node.markKey();
        for (int i = 1; i < keys.length; i++) {
            var address = addresses.get(i - 1);
            keys[i] = RowKeys.key(address.view(), address.key());
        }
        return node.lookups().send(complete.link(), commands -> commands.mget(keys));
    }
}
