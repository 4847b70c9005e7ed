package dev.asof.support;

import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real Redis Cluster on loopback: masters that share the slots, and a replica of each. */
public final class RedisClusterProcesses implements AutoCloseable {

    private final List<RedisProcess> masters = new ArrayList<>();
    private final List<RedisProcess> replicas = new ArrayList<>();

    private RedisClusterProcesses() {}

    /** Starts it and waits until all agree that it is whole. */
    public static RedisClusterProcesses start(Path directory, int masters) {
        var cluster = new RedisClusterProcesses();
        try {
            for (int i = 0; i < masters; i++) {
                cluster.masters.add(RedisProcess.startClusterNode(directory));
                cluster.replicas.add(RedisProcess.startClusterNode(directory));
            }
            cluster.join();
            return cluster;
        } catch (RuntimeException | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    private void join() {
        RedisProcess first = masters.getFirst();
        all().stream()
                .filter(node -> node != first)
                .forEach(node -> first.call(commands -> commands.clusterMeet("127.0.0.1", node.port())));
        for (int i = 0; i < masters.size(); i++) {
            int from = SlotHash.SLOT_COUNT * i / masters.size();
            int to = SlotHash.SLOT_COUNT * (i + 1) / masters.size();
            masters.get(i)
                    .call(commands ->
                            commands.clusterAddSlots(IntStream.range(from, to).toArray()));
        }
        Eventually.until(
                () -> all().stream()
                        .allMatch(node -> clusterInfo(node).contains("cluster_known_nodes:" + all().size())),
                () -> "the nodes don't know each other");
        for (int i = 0; i < masters.size(); i++) {
            String master = masters.get(i).call(RedisCommands::clusterMyId);
            replicas.get(i).call(commands -> commands.clusterReplicate(master));
        }
        Eventually.until(
                () -> all().stream().allMatch(node -> clusterInfo(node).contains("cluster_state:ok"))
                        && replicas.stream()
                                .allMatch(
                                        node -> node.info("master_link_status").equals("up")),
                () -> "the cluster is not whole");
    }

    private static String clusterInfo(RedisProcess node) {
        return node.call(RedisCommands::clusterInfo);
    }

    private List<RedisProcess> all() {
        var all = new ArrayList<>(masters);
        all.addAll(replicas);
        return all;
    }

    public RedisProcess master(int index) {
        return masters.get(index);
    }

    /** The last slot of a master in which no key is. */
    public int emptySlot(int index) {
        int last = SlotHash.SLOT_COUNT * (index + 1) / masters.size() - 1;
        return IntStream.iterate(last, slot -> slot - 1)
                .filter(slot -> master(index).call(commands -> commands.clusterCountKeysInSlot(slot)) == 0)
                .findFirst()
                .orElseThrow();
    }

    /** Has a slot without keys belong to another master. */
    public void moveEmptySlot(int slot, int to) {
        String owner = master(to).call(RedisCommands::clusterMyId);
        master(to).call(commands -> commands.clusterSetSlotNode(slot, owner));
        // so that the others believe it
        master(to).call(RedisCommands::clusterBumpepoch);
    }

    /** Makes the replica the master and the other way round, as this records it. */
    public void swap(int index) {
        masters.set(index, replicas.set(index, masters.get(index)));
    }

    /** The masters as {@code host:port}, separated by commas. */
    public String addresses() {
        return masters.stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        all().forEach(RedisProcess::close);
    }
}
