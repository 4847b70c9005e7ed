package dev.asof.online.redis;

import dev.asof.online.NodeMark;
import dev.asof.online.OnlineNode;
import dev.asof.online.OnlineNodes;
import dev.asof.online.OnlineStoreHealth;
import dev.asof.shared.BackgroundLoop;
import dev.asof.shared.BackgroundLoops;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Keeps an eye on the Redis processes, in a thread of its own, so that with one that hangs only the first lookups wait
 * for it, and that one that came back is noticed without traffic.
 */
@Component
final class RedisMonitor implements OnlineNodes, OnlineStoreHealth, SmartLifecycle {

    private static final Duration INTERVAL = Duration.ofMillis(250);

    /** Failing lookups ask for a check at once, but not one after the other. */
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final RedisNodes nodes;
    private final AtomicReference<NodesInService> known = new AtomicReference<>(NodesInService.NONE);
    private final BackgroundLoop watching;

    RedisMonitor(RedisNodes nodes, BackgroundLoops loops) {
        this.nodes = nodes;
        this.watching = loops.every(INTERVAL, PAUSE, "redis-monitor", this::check);
    }

    @Override
    public State state() {
        return !nodes.areAll()
                ? State.UNREACHABLE
                : nodes.all().stream()
                        .map(node -> node.condition().state())
                        .max(Comparator.naturalOrder())
                        .orElse(State.UNREACHABLE);
    }

    /** A lookup found that a process can't be trusted as it was when the lookup began. */
    void suspect(RedisNode node, RedisNode.Condition read, RedisNode.Condition instead) {
        node.suspect(read, instead);
        nodes.changed();
        watching.wake();
    }

    @Override
    public List<OnlineNode> inspect() {
        if (!nodes.areAll()) {
            nodes.changed();
            throw RedisConnection.unavailable(new IllegalStateException("Some slots have no node"));
        }
        return nodes.all().stream().map(RedisNode::inspect).toList();
    }

    @Override
    public void markHealing(OnlineNode node, NodeMark mark, boolean fromScratch) {
        named(node).markHealing(mark, fromScratch);
    }

    @Override
    public void markComplete(OnlineNode node, NodeMark healing) {
        named(node).markComplete(healing);
        watching.wake();
    }

    @Override
    public void checkpoint(OnlineNode node, NodeMark complete, String text) {
        named(node).checkpoint(complete, text);
    }

    private RedisNode named(OnlineNode found) {
        return nodes.all().stream()
                .filter(node -> node.name().equals(found.name()))
                .findFirst()
                .orElseThrow(() -> RedisConnection.unavailable(new IllegalStateException(found.name() + " left")));
    }

    @Override
    public void inService(String store, long generation, Set<String> tokens) {
        var before = known.getAndUpdate(its -> new NodesInService(store, generation, Set.copyOf(tokens), its.owing()));
        if (!before.equals(known.get())) {
            check();
        }
    }

    @Override
    public void owing(boolean owes) {
        known.updateAndGet(its -> its.owing(owes));
        if (owes) {
            nodes.all().forEach(RedisNode::lacksRows);
        }
        watching.wake();
    }

    @Override
    public Set<String> evictionPolicies() {
        return nodes.all().stream()
                .map(RedisNode::evictionPolicy)
                .filter(policy -> !policy.isEmpty())
                .collect(Collectors.toSet());
    }

    /** Asks every process now. */
    synchronized void check() {
        NodesInService asked;
        do {
            asked = Objects.requireNonNull(known.get());
            for (RedisNode node : nodes.all()) {
                node.check(asked);
            }
        } while (!asked.equals(known.get()));
        if (state() != State.COMPLETE) {
            nodes.changed();
        }
    }

    @Override
    public void start() {
        watching.start();
    }

    @Override
    public void stop() {
        watching.stop();
    }

    @Override
    public boolean isRunning() {
        return watching.isRunning();
    }

    /** As long as there are lookups. */
    @Override
    public int getPhase() {
        return 0;
    }
}
