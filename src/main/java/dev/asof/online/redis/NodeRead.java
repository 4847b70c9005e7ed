package dev.asof.online.redis;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Rows on their way from one Redis process, and with them its mark: they count only if the process still has the mark
 * that it had when it was found complete. A command takes as many keys as it may, and a great lookup sends its commands
 * a stretch at a time, so that others that share the connection are served in between. For one thread.
 */
final class NodeRead {

    /** Redis serves nobody else during one command. */
    private static final int ROWS_PER_COMMAND = 500;

    private static final int ROWS_ON_THEIR_WAY = 2 * ROWS_PER_COMMAND;

    private final RedisNode node;
    private final RedisNode.Condition.Complete complete;
    private final List<byte[]> keys;
    private final IntUnaryOperator slots;
    private final List<byte @Nullable []> rows;
    private final Queue<RowsCommand> onTheirWay = new ArrayDeque<>();
    private int rowsOnTheirWay;
    private int sent;
    private boolean replaced;

    private NodeRead(RedisNode node, RedisNode.Condition.Complete complete, List<byte[]> keys, IntUnaryOperator slots) {
        this.node = node;
        this.complete = complete;
        this.keys = keys;
        this.slots = slots;
        this.rows = new ArrayList<>(keys.size());
    }

    /**
     * Sends the first stretch.
     *
     * @param keys in an order in which those of one slot stand together
     * @param slots of the keys, by their positions
     * @throws AsofException UNAVAILABLE when the process can't be reached, TOO_MANY_REQUESTS when it has
     *     no room for more rows
     */
    static NodeRead begin(
            RedisNode node, RedisNode.Condition.Complete complete, List<byte[]> keys, IntUnaryOperator slots) {
        var read = new NodeRead(node, complete, keys, slots);
        read.sendMore();
        return read;
    }

    /** Whether nothing more is to be taken. */
    boolean isDone() {
        return replaced || onTheirWay.isEmpty();
    }

    /**
     * Waits for some of the rows that are to come.
     *
     * @throws AsofException UNAVAILABLE when they don't come in time, TOO_MANY_REQUESTS as above
     */
    void take() {
        RowsCommand oldest = onTheirWay.remove();
        List<byte[]> values = node.lookups().await(oldest);
        if (oldest.isMarked() && !Arrays.equals(values.getFirst(), complete.mark())) {
            replaced = true;
            return;
        }
        rows.addAll(oldest.isMarked() ? values.subList(1, values.size()) : values);
        rowsOnTheirWay -= oldest.rows();
        if (sent < keys.size() && rowsOnTheirWay <= ROWS_ON_THEIR_WAY / 2) {
            sendMore();
        }
    }

    /** Whether the mark has changed, so that none of the rows counts. */
    boolean isReplaced() {
        return replaced;
    }

    /** The rows in the order of their keys, once all are there. */
    List<byte @Nullable []> rows() {
        return rows;
    }

    private void sendMore() {
        int more = Math.min(keys.size() - sent, ROWS_ON_THEIR_WAY - rowsOnTheirWay);
        RedisLink link = complete.link();
        if (!link.room().tryAcquire(more)) {
            if (!onTheirWay.isEmpty()) {
                return;
            }
            if (!node.lookups().awaitRoom(link, more)) {
                // Redis answers others, and only not this lookup too
                throw new AsofException(
                        ErrorCode.TOO_MANY_REQUESTS,
                        "The online store has as many rows under way as it takes at once: try again in a moment");
            }
        }
        var commands = node.isOneOfMany() ? bySlot(sent + more) : together(sent + more);
        sent += more;
        rowsOnTheirWay += more;
        node.lookups().sendAll(link, commands);
        onTheirWay.addAll(commands);
    }

    /** The mark with every command: what a command reads, it reads at one moment. */
    private List<RowsCommand> together(int until) {
        var commands = new ArrayList<RowsCommand>(1);
        for (int from = sent; from < until; from += ROWS_PER_COMMAND) {
            commands.add(RowsCommand.marked(node.markKey(), keys, from, Math.min(until, from + ROWS_PER_COMMAND)));
        }
        return commands;
    }

    /**
     * A command a slot, as a cluster's node takes only keys of one slot together. The mark comes after all rows: a flush
     * between two of them has removed it by then.
     */
    private List<RowsCommand> bySlot(int until) {
        var commands = new ArrayList<RowsCommand>();
        int from = sent;
        for (int i = sent + 1; i <= until; i++) {
            if (i == until || i - from == ROWS_PER_COMMAND || slots.applyAsInt(i) != slots.applyAsInt(from)) {
                commands.add(RowsCommand.of(keys, from, i));
                from = i;
            }
        }
        if (until == keys.size()) {
            commands.add(RowsCommand.marked(node.markKey(), keys, until, until));
        }
        return commands;
    }
}
