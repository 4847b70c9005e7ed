package dev.asof.online.redis;

import dev.asof.online.StoreMetrics;
import dev.asof.online.redis.RedisNode.Condition;
import dev.asof.online.row.RowAddress;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads all rows of a lookup in one round trip to each Redis process that holds some. */
@Component
public final class RedisOnlineRows {

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
    public record Partial(byte[] @Nullable [] rows, BitSet unread, boolean failed, boolean full) {}

    /** The rows of one process, and where they stand among all. */
    private static final class Share {

        private final List<byte[]> keys = new ArrayList<>();
        private int[] positions = new int[1];
        private int[] slots = new int[1];

        void add(byte[] key, int slot, int position) {
            int at = keys.size();
            if (at == positions.length) {
                positions = Arrays.copyOf(positions, at * 2);
                slots = Arrays.copyOf(slots, at * 2);
            }
            positions[at] = position;
            slots[at] = slot;
            keys.add(key);
        }

        /** The same with the keys of a slot together. */
        Share bySlot() {
            var sorted = new Share();
            IntStream.range(0, keys.size())
                    .boxed()
                    .sorted(Comparator.comparingInt(i -> slots[i]))
                    .forEach(i -> sorted.add(keys.get(i), slots[i], positions[i]));
            return sorted;
        }

        int slot(int index) {
            return slots[index];
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

    /** What a process was asked; {@link #read} is null once that has failed. */
    private static final class Asked {

        private final RedisNode node;
        private final Condition.Complete condition;
        private final Share share;
        private @Nullable NodeRead read;

        Asked(RedisNode node, Condition.Complete condition, Share share) {
            this.node = node;
            this.condition = condition;
            this.share = node.isOneOfMany() ? share.bySlot() : share;
        }
    }

    private final RedisNodes nodes;
    private final RedisMonitor monitor;
    private final StoreMetrics metrics;

    RedisOnlineRows(RedisNodes nodes, RedisMonitor monitor, StoreMetrics metrics) {
        this.nodes = nodes;
        this.monitor = monitor;
        this.metrics = metrics;
    }

    public Partial read(List<RowAddress> addresses) {
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

    /** A stretch of each process in turn, so that all of them are at work. */
    private Partial readFromRedis(List<Asked> asked, byte[] @Nullable [] rows, BitSet unread) {
        asked.forEach(this::send);
        for (boolean more = true; more; ) {
            more = false;
            for (Asked one : asked) {
                more |= take(one, rows);
            }
        }
        boolean failed = false;
        boolean full = false;
        for (Asked one : asked) {
            if (one.read == null) {
                one.share.addTo(unread);
                failed = true;
            }
            full |= one.node.isFull();
        }
        return new Partial(rows, unread, failed, full);
    }

    private Map<RedisNode, Share> shares(List<RowAddress> addresses, BitSet unread) {
        var shares = new LinkedHashMap<RedisNode, Share>();
        Optional<RedisNode> last = Optional.empty();
        Share share = new Share();
        for (int i = 0; i < addresses.size(); i++) {
            byte[] key = RowKeys.key(addresses.get(i).view(), addresses.get(i).key());
            int slot = nodes.slot(key);
            var node = nodes.ofSlot(slot);
            if (node.isEmpty()) {
                unread.set(i);
                continue;
            }
            if (!node.equals(last)) {
                share = shares.computeIfAbsent(node.get(), _ -> new Share());
                last = node;
            }
            share.add(key, slot, i);
        }
        return shares;
    }

    private void send(Asked asked) {
        try {
            asked.read = NodeRead.begin(asked.node, asked.condition, asked.share.keys, asked.share::slot);
        } catch (AsofException e) {
            failed(asked, e);
        }
    }

    /** Whether more rows are to come from a process. */
    private boolean take(Asked asked, byte[] @Nullable [] rows) {
        NodeRead read = asked.read;
        if (read == null || read.isDone()) {
            return false;
        }
        try {
            read.take();
        } catch (AsofException e) {
            failed(asked, e);
            return false;
        }
        if (read.isReplaced()) {
            suspect(asked, REPLACED);
        } else if (read.isDone()) {
            asked.share.put(read.rows(), rows);
        }
        return !read.isDone();
    }

    /** @throws AsofException the failure, where it is no fault of the process's */
    private void failed(Asked asked, AsofException failure) {
        if (failure.code() == ErrorCode.TOO_MANY_REQUESTS) {
            throw failure;
        }
        suspect(asked, new Condition.Suspected(String.valueOf(failure.getCause())));
    }

    private void suspect(Asked asked, Condition instead) {
        asked.read = null;
        monitor.suspect(asked.node, asked.condition, instead);
    }
}
