package dev.asof.online;

import dev.asof.shared.AsofException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.codec.Base16;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Future;

/**
 * Sends the rows of one batch to Redis in calls of {@link NewerWins}, several of them on their way at once. For one
 * thread.
 */
final class WritePipeline {

    /** Redis serves nobody else during a call, so one stays well below a millisecond. */
    private static final int ROWS_PER_CALL = 100;

    private static final int BYTES_PER_CALL = 256 * 1024;
    private static final int CALLS_ON_THEIR_WAY = 16;
    private static final byte[] SCRIPT = NewerWins.SCRIPT.getBytes(StandardCharsets.UTF_8);
    private static final String SCRIPT_HASH = Base16.digest(SCRIPT);

    /** Rows that Redis takes in one step. */
    private static final class Call {

        private final List<byte[]> keys = new ArrayList<>(ROWS_PER_CALL);
        private final List<byte[]> rows = new ArrayList<>(ROWS_PER_CALL);
        private int bytes;

        void add(byte[] key, byte[] row) {
            keys.add(key);
            rows.add(row);
            bytes += key.length + row.length;
        }

        boolean isFull() {
            return keys.size() >= ROWS_PER_CALL || bytes >= BYTES_PER_CALL;
        }
    }

    private record Sent(Call call, Future<Long> reply) {}

    private final RedisConnection redis;
    private final RedisLink link;
    private final Future<byte[]> mark;
    private final Queue<Sent> onTheirWay = new ArrayDeque<>();
    private Call open = new Call();

    /** Everything goes to one process, which is asked for its mark first. */
    WritePipeline(RedisNode node) {
        this.redis = node.writes();
        this.link = redis.link();
        this.mark = redis.send(link, commands -> commands.get(node.markKey()));
    }

    /**
     * Takes a row, and sends a call once it is full. Which rows share a call is decided here alone: one Redis takes
     * any keys together, a cluster only those of one slot.
     */
    void add(byte[] key, byte[] row) {
        open.add(key, row);
        if (open.isFull()) {
            send(open);
            open = new Call();
        }
    }

    /**
     * Sends what is left and waits until Redis has taken everything.
     *
     * @throws AsofException UNAVAILABLE when it did not, or when the process is not in service
     */
    WrittenUnder finish() {
        if (!open.keys.isEmpty()) {
            send(open);
        }
        while (!onTheirWay.isEmpty()) {
            await(onTheirWay.remove());
        }
        return redis.awaitOptional(mark)
                .map(RedisNode::text)
                .flatMap(NodeMark::parse)
                .filter(its -> its.runId().equals(link.runId()))
                .map(its -> new WrittenUnder(Set.of(its.token())))
                .orElseThrow(() -> RedisConnection.unavailable(new IllegalStateException("It carries no mark of its own")));
    }

    private void send(Call call) {
        if (onTheirWay.size() == CALLS_ON_THEIR_WAY) {
            await(onTheirWay.remove());
        }
        onTheirWay.add(new Sent(call, evaluate(call)));
    }

    private void await(Sent sent) {
        try {
            redis.await(sent.reply());
        } catch (AsofException e) {
            if (!(e.getCause() instanceof RedisNoScriptException)) {
                throw e;
            }
            // a Redis that was restarted or flushed has forgotten the script
            redis.await(redis.send(link, commands -> commands.scriptLoad(SCRIPT)));
            redis.await(evaluate(sent.call()));
        }
    }

    private Future<Long> evaluate(Call call) {
        byte[][] keys = call.keys.toArray(new byte[0][]);
        byte[][] rows = call.rows.toArray(new byte[0][]);
        return redis.send(link, commands -> commands.evalsha(SCRIPT_HASH, ScriptOutputType.INTEGER, keys, rows));
    }
}
