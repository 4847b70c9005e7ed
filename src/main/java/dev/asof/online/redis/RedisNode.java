package dev.asof.online.redis;

import dev.asof.online.NodeMark;
import dev.asof.online.OnlineNode;
import dev.asof.online.OnlineStoreHealth.State;
import dev.asof.shared.AsofException;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Redis process that takes writes, and whether its rows can be trusted. Lookups and writers have a connection
 * each, so that a lookup never queues behind a batch.
 */
final class RedisNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedisNode.class);

    private static final byte[] SET_IF_MARKED = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[2], ARGV[2])
        return 1
        """.getBytes(StandardCharsets.UTF_8);

    /** What is known of the process; whoever reads it may be a moment behind. */
    sealed interface Condition {

        /**
         * It holds everything, as far as what is read by this connection together with this very mark.
         *
         * @param mark as it stands in Redis
         */
        @SuppressWarnings("ArrayRecordComponent")
        record Complete(RedisLink link, byte[] mark) implements Condition {}

        record Incomplete(String why) implements Condition {}

        /** Another one is in service in its place. */
        record Replaced(String why) implements Condition {}

        record Unreachable(String why) implements Condition {}

        /** A lookup had no answer in time, which the next check looks into: it may have been this server that was slow. */
        record Suspected(String why) implements Condition {}

        default State state() {
            return switch (this) {
                case Complete(var _, var _) -> State.COMPLETE;
                case Incomplete(var _), Replaced(var _) -> State.INCOMPLETE;
                case Unreachable(var _), Suspected(var _) -> State.UNREACHABLE;
            };
        }
    }

    /**
     * How long a check waits before it counts the process as gone and drops the connections to it, longer than a lookup
     * does: a server that is starved of processors for a moment must not take a healthy Redis out of service.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Condition OWING = new Condition.Incomplete("rows that it could not take are on their way");

    private final String name;
    private final RedisConnection lookups;
    private final RedisConnection writes;
    private final byte[] markKey;
    private final byte[] checkpointKey;
    private final AtomicReference<Condition> condition =
            new AtomicReference<>(new Condition.Unreachable("not asked yet"));
    private final boolean oneOfMany;
    private volatile boolean full;
    private volatile String evictionPolicy = "";

    /** What the log says last; guarded by the monitor's check. */
    private State told = State.UNREACHABLE;

    private boolean toldFull;

    /** @param hashTag of the keys that stand beside the rows; of a cluster, empty otherwise */
    RedisNode(String name, RedisConnection lookups, RedisConnection writes, String hashTag) {
        this.name = name;
        this.oneOfMany = !hashTag.isEmpty();
        this.lookups = lookups;
        this.writes = writes;
        this.markKey = ("asof:mark" + hashTag).getBytes(StandardCharsets.US_ASCII);
        this.checkpointKey = ("asof:checkpoint" + hashTag).getBytes(StandardCharsets.US_ASCII);
    }

    /** Tells it from the others there are. */
    String name() {
        return name;
    }

    Condition condition() {
        return Objects.requireNonNull(condition.get());
    }

    /** Whether it is a cluster's node, which takes only keys of one slot in a command. */
    boolean isOneOfMany() {
        return oneOfMany;
    }

    /** Whether it takes no rows for lack of memory, so that accepted ones may be missing from what it holds. */
    boolean isFull() {
        return full;
    }

    /** What it does when it is full; empty when it was never asked. */
    String evictionPolicy() {
        return evictionPolicy;
    }

    /** A write found no room. */
    void foundFull() {
        full = true;
    }

    RedisConnection lookups() {
        return lookups;
    }

    RedisConnection writes() {
        return writes;
    }

    byte[] markKey() {
        return markKey;
    }

    /** Says that what was read under a condition can't be trusted: until the next check, nothing is. */
    void suspect(Condition read, Condition instead) {
        condition.compareAndSet(read, instead);
    }

    /** Says that it lacks rows that are on their way. */
    void lacksRows() {
        condition.updateAndGet(now -> now instanceof Condition.Complete ? OWING : now);
    }

    /** Asks the process on the connection that lookups use. */
    void check(NodesInService known) {
        Condition before = condition();
        Optional<Condition> found = ask(known);
        if (found.isEmpty()) {
            return;
        }
        Condition now = found.get();
        if (!(before instanceof Condition.Complete was
                && now instanceof Condition.Complete is
                && was.link() == is.link()
                && Arrays.equals(was.mark(), is.mark()))) {
            condition.set(now);
        }
        tell(now);
        switch (now) {
            case Condition.Complete(var _, var _), Condition.Incomplete(var _), Condition.Suspected(var _) -> {}
            // the address may lead to another process by now
            case Condition.Replaced(var _), Condition.Unreachable(var _) -> {
                lookups.drop();
                writes.drop();
            }
        }
    }

    /** Once a change, not once for each who meets it. */
    private void tell(Condition now) {
        if (full != toldFull) {
            toldFull = full;
            LOG.warn(full ? "Redis {} is full: it takes no more rows" : "Redis {} has room again", name);
        }
        if (now.state() == told) {
            return;
        }
        told = now.state();
        switch (now) {
            case Condition.Complete(var _, var _) -> LOG.info("Redis {} is complete", name);
            case Condition.Replaced(var why) -> LOG.warn("Redis {} is not in service: {}", name, why);
            case Condition.Incomplete(var why) -> LOG.warn("Redis {} lacks rows: {}", name, why);
            case Condition.Unreachable(var why) -> LOG.warn("Redis {} can't be reached: {}", name, why);
            case Condition.Suspected(var _) -> {} // a check finds out
        }
    }

    /** What the process says; empty when it was not asked, a moment after an attempt that failed. */
    private Optional<Condition> ask(NodesInService known) {
        try {
            return Optional.of(answer(known));
        } catch (ReplicaException e) {
            return Optional.of(new Condition.Replaced(String.valueOf(e.getMessage())));
        } catch (AsofException e) {
            return RedisConnection.wasNotTried(e)
                    ? Optional.empty()
                    : Optional.of(new Condition.Unreachable(String.valueOf(e.getCause())));
        }
    }

    private Condition answer(NodesInService known) {
        RedisLink link = lookups.link();
        Future<String> memory = lookups.send(link, commands -> commands.info("memory"));
        Optional<NodeMark> mark = inspect(lookups, link, PATIENCE).ownMark().filter(NodeMark::complete);
        var found = new RedisInfo(lookups.await(memory, PATIENCE).orElseThrow());
        full = found.isFull();
        evictionPolicy = found.get("maxmemory_policy");
        return mark.map(its -> condition(link, its, known))
                .orElseGet(() -> new Condition.Incomplete("it is not marked as complete"));
    }

    private static Condition condition(RedisLink link, NodeMark mark, NodesInService known) {
        if (!known.isHeard()) {
            return new Condition.Incomplete("whether it is in service is not known yet");
        }
        if (!known.allow(mark)) {
            return new Condition.Replaced("another process took its place");
        }
        return known.owing() ? OWING : new Condition.Complete(link, bytes(mark.text()));
    }

    /** What the process is and says of itself now, by the writers' connection. */
    OnlineNode inspect() {
        return inspect(writes, writes.link(), writes.timeout());
    }

    private OnlineNode inspect(RedisConnection connection, RedisLink link, Duration longest) {
        Future<String> replication = connection.send(link, commands -> commands.info("replication"));
        Future<byte[]> mark = connection.send(link, commands -> commands.get(markKey));
        Future<byte[]> checkpoint = connection.send(link, commands -> commands.get(checkpointKey));
        var info = new RedisInfo(connection.await(replication, longest).orElseThrow());
        if (!info.isMaster()) {
            throw new ReplicaException();
        }
        return new OnlineNode(
                name,
                link.runId(),
                info.required("master_replid"),
                connection.await(mark, longest).map(RedisNode::text).flatMap(NodeMark::parse),
                connection.await(checkpoint, longest).map(RedisNode::text));
    }

    void markHealing(NodeMark mark, boolean fromScratch) {
        RedisLink link = linkTo(mark.runId());
        if (fromScratch) {
            writes.await(writes.send(link, commands -> commands.del(checkpointKey)));
        }
        writes.await(writes.send(link, commands -> commands.set(markKey, bytes(mark.text()))));
    }

    void markComplete(NodeMark healing) {
        setIfMarked(healing, markKey, healing.asComplete().text());
    }

    void checkpoint(NodeMark complete, String text) {
        setIfMarked(complete, checkpointKey, text);
    }

    private void setIfMarked(NodeMark mark, byte[] key, String text) {
        RedisLink link = linkTo(mark.runId());
        byte[][] keys = {markKey, key};
        writes.await(writes.<Object>send(
                link,
                commands ->
                        commands.eval(SET_IF_MARKED, ScriptOutputType.INTEGER, keys, bytes(mark.text()), bytes(text))));
    }

    private RedisLink linkTo(String runId) {
        RedisLink link = writes.link();
        if (!link.runId().equals(runId)) {
            throw RedisConnection.unavailable(new IllegalStateException("Another process answers at " + name));
        }
        return link;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        lookups.close();
        writes.close();
    }
}
