package dev.asof.online.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.NodeMark;
import dev.asof.online.OnlineProperties;
import dev.asof.online.StoreMetrics;
import dev.asof.online.row.RowAddress;
import dev.asof.shared.BackgroundLoops;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** A Redis that is taken into service as the server would, without a Postgres to tell it. */
public final class RedisInService implements AutoCloseable {

    public static final OnlineProperties PROPERTIES = properties(1_000, DataSize.ofMegabytes(1));

    private static final StoreMetrics METRICS = new StoreMetrics(new SimpleMeterRegistry(), Tracer.NOOP);
    private static final BackgroundLoops LOOPS = new BackgroundLoops(new SimpleMeterRegistry(), _ -> false);
    private static final String STORE = "store-of-tests";

    public static OnlineProperties properties(int maxRows, DataSize maxBody) {
        return new OnlineProperties(
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                new OnlineProperties.Fallback(Duration.ofSeconds(1), 2),
                maxRows,
                maxBody);
    }

    final RedisNodes nodes;
    final RedisMonitor monitor;
    public final RedisOnlineStore store;
    final RedisOnlineRows rows;
    private final RedisClient client = OnlineConfiguration.client();
    private long generation;

    public RedisInService(String uri) {
        this(RedisSettings.uri(uri));
    }

    public RedisInService(RedisURI uri) {
        this(client -> OnlineConfiguration.singleRedis(client, uri, PROPERTIES));
    }

    private RedisInService(Function<RedisClient, RedisNodes> nodesBy) {
        nodes = nodesBy.apply(client);
        monitor = new RedisMonitor(nodes, LOOPS);
        store = new RedisOnlineStore(nodes, METRICS);
        rows = new RedisOnlineRows(nodes, monitor, METRICS);
    }

    /** @param addresses of some of a cluster's nodes, separated by commas */
    static RedisInService cluster(String addresses, BackgroundLoops loops) {
        var settings = new RedisSettings(
                null,
                null,
                null,
                new RedisSettings.Ssl(false),
                new RedisSettings.Cluster(List.of(addresses.split(","))));
        return new RedisInService(client -> OnlineConfiguration.cluster(client, settings, PROPERTIES, loops));
    }

    /** Has to be done again after a flush. */
    public RedisInService mark() {
        var tokens = new HashSet<String>();
        generation++;
        for (var node : monitor.inspect()) {
            var mark = new NodeMark(false, generation, STORE, node.runId(), node.replicationId());
            monitor.markHealing(node, mark, true);
            monitor.markComplete(node, mark);
            tokens.add(mark.token());
        }
        monitor.inService(STORE, generation, tokens);
        return this;
    }

    /** As Postgres tells when another server took another process into service. */
    void replacedByAnother() {
        monitor.inService(STORE, ++generation, Set.of("another"));
    }

    public List<byte @Nullable []> read(List<RowAddress> addresses) {
        var read = rows.read(addresses);
        assertThat(read.unread().isEmpty()).isTrue();
        return Arrays.asList(read.rows());
    }

    @Override
    public void close() {
        nodes.close();
        client.close();
    }
}
