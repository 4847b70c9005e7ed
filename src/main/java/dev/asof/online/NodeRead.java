package dev.asof.online;

import io.lettuce.core.KeyValue;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.ByteArrayOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Rows on their way from one Redis process, and with them its mark: they count only if the process still has the mark
 * that it had when it was found complete.
 */
sealed interface NodeRead {

    /**
     * Waits for the rows, in the order of their keys; empty when the mark has changed.
     *
     * @throws dev.asof.shared.AsofException UNAVAILABLE when they don't come in time
     */
    Optional<List<byte @Nullable []>> await();

    static NodeRead send(RedisNode node, RedisNode.Condition.Complete complete, List<byte[]> keys) {
        return node.isOneOfMany() ? OneByOne.send(node, complete, keys) : Together.send(node, complete, keys);
    }

    /** Many keys a command, the mark first: what a command reads, it reads at one moment. */
    record Together(RedisNode node, RedisNode.Condition.Complete complete, List<Future<List<KeyValue<byte[], byte[]>>>> replies)
            implements NodeRead {

        /** Redis serves nobody else during one command, so that a great lookup is sent as several at once. */
        private static final int KEYS_PER_COMMAND = 4_000;

        private static Together send(RedisNode node, RedisNode.Condition.Complete complete, List<byte[]> keys) {
            var replies = new ArrayList<Future<List<KeyValue<byte[], byte[]>>>>(1);
            for (int from = 0; from < keys.size(); from += KEYS_PER_COMMAND) {
                int to = Math.min(keys.size(), from + KEYS_PER_COMMAND);
                byte[][] some = new byte[1 + to - from][];
                some[0] = node.markKey();
                for (int i = from; i < to; i++) {
                    some[1 + i - from] = keys.get(i);
                }
                replies.add(node.lookups().send(complete.link(), commands -> commands.mget(some)));
            }
            return new Together(node, complete, replies);
        }

        @Override
        public Optional<List<byte @Nullable []>> await() {
            var rows = new ArrayList<byte @Nullable []>();
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
    }

    /**
     * A command a key, as a cluster's node takes only keys of one slot together, in one packet. The mark comes last: a
     * flush between two of the rows has removed it by then.
     */
    record OneByOne(RedisNode node, RedisNode.Condition.Complete complete, List<AsyncCommand<byte[], byte[], byte[]>> replies)
            implements NodeRead {

        private static OneByOne send(RedisNode node, RedisNode.Condition.Complete complete, List<byte[]> keys) {
            var commands = new ArrayList<AsyncCommand<byte[], byte[], byte[]>>(keys.size() + 1);
            keys.forEach(key -> commands.add(get(key)));
            commands.add(get(node.markKey()));
            node.lookups().sendAll(complete.link(), commands);
            return new OneByOne(node, complete, commands);
        }

        private static AsyncCommand<byte[], byte[], byte[]> get(byte[] key) {
            return new AsyncCommand<>(new Command<>(
                    CommandType.GET,
                    new ByteArrayOutput<>(ByteArrayCodec.INSTANCE),
                    new CommandArgs<>(ByteArrayCodec.INSTANCE).addKey(key)));
        }

        @Override
        public Optional<List<byte @Nullable []>> await() {
            var rows = new ArrayList<byte @Nullable []>(replies.size());
            for (var reply : replies) {
                rows.add(node.lookups().awaitOptional(reply).orElse(null));
            }
            byte[] mark = rows.removeLast();
            return Arrays.equals(mark, complete.mark()) ? Optional.of(rows) : Optional.empty();
        }
    }
}
