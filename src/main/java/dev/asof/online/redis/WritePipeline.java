package dev.asof.online.redis;

import dev.asof.online.FencingTokens;
import dev.asof.online.NodeMark;
import dev.asof.online.OnlineStoreFullException;
import dev.asof.shared.AsofException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;

/**
 * Sends the rows of one batch to Redis in calls of a script, several of them on their way at once. For one
 * thread.
 */
final class WritePipeline {

    /** Redis serves nobody else during a call, so one stays well below a millisecond. */
    private static final int ROWS_PER_CALL = 100;

    private static final int BYTES_PER_CALL = 256 * 1024;
    private static final int ROWS_WAITING = 10 * ROWS_PER_CALL;
    private static final int ROWS_ON_THEIR_WAY = 16 * ROWS_PER_CALL;

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

    private record Sent(Call call, Future<List<Long>> reply) {}

    private final RedisNode node;
    private final RedisScript script;
    private final RedisConnection redis;
    private final RedisLink link;
    private final Future<byte[]> mark;
    private final Queue<Sent> onTheirWay = new ArrayDeque<>();
    private final Map<Integer, Call> open = new HashMap<>();
    private final List<byte[]> again = new ArrayList<>();
    private int waitingRows;
    private int rowsOnTheirWay;

    /**
     * Everything goes to one process, which is asked for its mark first.
     *
     * @throws AsofException UNAVAILABLE when it can't be reached
     */
    WritePipeline(RedisNode node, RedisScript script) {
        if (node.condition() instanceof RedisNode.Condition.Unreachable(var why)) {
            throw RedisConnection.unavailable(new IllegalStateException(why));
        }
        this.node = node;
        this.script = script;
        this.redis = node.writes();
        this.link = redis.link();
        this.mark = redis.send(link, commands -> commands.get(node.markKey()));
    }

    /**
     * Takes a row, and sends calls once enough rows wait. Which rows share a call is decided here alone: those of one
     * slot, which in a single Redis are all.
     */
    void add(int slot, byte[] key, byte[] row) {
        Call call = open.computeIfAbsent(slot, _ -> new Call());
        call.add(key, row);
        waitingRows++;
        if (call.isFull()) {
            open.remove(slot);
            send(call);
        } else if (waitingRows >= ROWS_WAITING) {
            sendOpen();
        }
    }

    /**
     * Sends what is left and waits until Redis has taken everything.
     *
     * @throws AsofException UNAVAILABLE when it did not, or when the process is not in service
     */
    FencingTokens finish() {
        sendOpen();
        while (!onTheirWay.isEmpty()) {
            awaitNext();
        }
        return redis.awaitOptional(mark)
                .map(RedisNode::text)
                .flatMap(NodeMark::parse)
                .filter(its -> its.runId().equals(link.runId()))
                .map(its -> new FencingTokens(Set.of(its.token())))
                .orElseThrow(
                        () -> RedisConnection.unavailable(new IllegalStateException("It carries no mark of its own")));
    }

    /** The keys, as they were given, that the script left as they stood and wants to have again. */
    List<byte[]> again() {
        return again;
    }

    private void sendOpen() {
        open.values().forEach(this::send);
        open.clear();
    }

    private void send(Call call) {
        while (rowsOnTheirWay >= ROWS_ON_THEIR_WAY) {
            awaitNext();
        }
        takeRoom(call.keys.size());
        onTheirWay.add(new Sent(call, redis.sendRows(link, call.keys.size(), commands -> evaluate(commands, call))));
        waitingRows -= call.keys.size();
        rowsOnTheirWay += call.keys.size();
    }

    private void takeRoom(int rows) {
        while (!link.room().tryAcquire(rows)) {
            if (!onTheirWay.isEmpty()) {
                awaitNext();
            } else if (redis.awaitRoom(link, rows)) {
                return;
            } else {
                throw RedisConnection.unavailable(
                        new IllegalStateException("As much as it takes at once is under way"));
            }
        }
    }

    private void awaitNext() {
        Sent sent = onTheirWay.remove();
        rowsOnTheirWay -= sent.call().keys.size();
        try {
            for (Long position : await(sent)) {
                again.add(sent.call().keys.get(Math.toIntExact(position)));
            }
        } catch (OnlineStoreFullException e) {
            node.foundFull();
            throw e;
        } catch (AsofException e) {
            // The monitor asks on another connection. What nobody waits for any more would keep its room on this one.
            if (e.getCause() instanceof CancellationException) {
                redis.drop();
            }
            throw e;
        }
    }

    private List<Long> await(Sent sent) {
        try {
            return redis.await(sent.reply());
        } catch (AsofException e) {
            if (!(e.getCause() instanceof RedisNoScriptException)) {
                throw e;
            }
            // a Redis that was restarted or flushed has forgotten the script
            redis.await(redis.send(link, commands -> commands.scriptLoad(script.text())));
            return redis.await(redis.send(link, commands -> evaluate(commands, sent.call())));
        }
    }

    private RedisFuture<List<Long>> evaluate(RedisAsyncCommands<byte[], byte[]> commands, Call call) {
        byte[][] keys = call.keys.toArray(new byte[0][]);
        byte[][] rows = call.rows.toArray(new byte[0][]);
        return commands.evalsha(script.hash(), ScriptOutputType.MULTI, keys, rows);
    }
}
