package dev.asof.online.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.online.FencingTokens;
import dev.asof.online.OnlineStoreHealth;
import dev.asof.online.row.JsonBytes;
import dev.asof.online.row.PackedRow;
import dev.asof.online.row.RowAddress;
import dev.asof.online.row.RowLayout;
import dev.asof.online.row.TestViews;
import dev.asof.registry.RegisteredView;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.FeatureRow;
import dev.asof.support.Eventually;
import dev.asof.support.FailingLoops;
import dev.asof.support.RedisClusterProcesses;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Great lookups and writes on a real Redis Cluster of six processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisClusterLoadTest {

    private static final Instant EVENT = Instant.parse("2026-01-01T00:00:00Z");
    private static final int ENTITIES = 5_000;
    private static final int VIEWS = 5;
    private static final int CLIENTS = 16;
    private static final int LOOKUPS = 3;

    @TempDir
    private static Path directory;

    private final List<RegisteredView> views =
            IntStream.rangeClosed(1, VIEWS).mapToObj(TestViews::counter).toList();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final FailingLoops loops = new FailingLoops(meters);
    private RedisClusterProcesses cluster;
    private RedisInService inService;

    @BeforeAll
    void start() {
        cluster = RedisClusterProcesses.start(directory, 3);
        inService = RedisInService.cluster(cluster.addresses(), loops).mark();
    }

    @AfterAll
    void stop() {
        inService.close();
        cluster.close();
    }

    @Test
    void O3_greatLookupsOfManyClientsAreAnsweredAndTakeNoNodeOutOfService() throws Exception {
        writeFromManyThreads();
        var addresses = addresses();
        var connections = connections();
        var done = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var great = new ArrayList<Future<?>>();
            for (int i = 0; i < CLIENTS; i++) {
                great.add(threads.submit((Callable<Void>) () -> {
                    for (int lookup = 0; lookup < LOOKUPS; lookup++) {
                        check(addresses);
                    }
                    done.incrementAndGet();
                    return null;
                }));
            }
            var small = threads.submit((Callable<Integer>) () -> lookUpOne(addresses, done));
            for (var each : great) {
                each.get();
            }
            assertThat(small.get()).as("lookups of one entity beside them").isGreaterThan(10);
        }
        assertThat(inService.monitor.state()).isEqualTo(OnlineStoreHealth.State.COMPLETE);
        assertThat(connections())
                .as("none was dropped and made anew")
                .isEqualTo(connections)
                .allMatch(RedisLink::isOpen);
    }

    @Test
    void O3_aLookupThatFindsNoRoomIsRefusedAlone() throws Exception {
        writeFromManyThreads();
        var addresses = addresses();
        var node = inService.nodes.ofSlot(slot(addresses.getFirst())).orElseThrow();
        var link = node.lookups().link();
        link.room().acquire(RedisLink.ROWS);
        try {
            assertThat(refusal(addresses)).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
            assertThat(node.condition()).isInstanceOf(RedisNode.Condition.Complete.class);
            var elsewhere = addresses.stream()
                    .filter(address ->
                            !inService.nodes.ofSlot(slot(address)).orElseThrow().equals(node))
                    .toList();
            check(elsewhere);
        } finally {
            link.room().release(RedisLink.ROWS);
        }
        check(addresses);
        assertThat(link.isOpen()).isTrue();
        assertThat(link.room().availablePermits()).as("all room was given back").isEqualTo(RedisLink.ROWS);
    }

    @Test
    void O3_whoHoldsWhatIsStillAskedAfterAnError() {
        loops.fail("redis-cluster", new StackOverflowError("thrown by a test"));
        loops.fail("redis-cluster", new NoClassDefFoundError("thrown by a test"));

        var failures =
                meters.get("asof.loop.failures").tag("loop", "redis-cluster").counter();
        Eventually.until(() -> failures.count() >= 2, failures::count);
        assertThat(inService.nodes.areAll()).as("what was known still counts").isTrue();
        int moved = cluster.emptySlot(2);
        var before = inService.nodes.ofSlot(moved).orElseThrow();
        cluster.moveEmptySlot(moved, 0);
        try {
            Eventually.until(
                    () -> {
                        inService.nodes.changed();
                        return !inService.nodes.ofSlot(moved).equals(Optional.of(before));
                    },
                    () -> "a slot that has moved is still looked for where it was");
        } finally {
            cluster.moveEmptySlot(moved, 2);
        }
    }

    private int slot(RowAddress address) {
        return inService.nodes.slot(RowKeys.key(address.view(), address.key()));
    }

    private ErrorCode refusal(List<RowAddress> addresses) {
        try {
            inService.rows.read(addresses);
            throw new AssertionError("not refused");
        } catch (AsofException e) {
            return e.code();
        }
    }

    /** One view a thread, all at once. */
    private void writeFromManyThreads() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var written : threads.invokeAll(views.stream().map(this::write).toList())) {
                written.get();
            }
        }
    }

    private Callable<FencingTokens> write(RegisteredView view) {
        return () -> inService.store.write(
                view,
                IntStream.range(0, ENTITIES)
                        .mapToObj(i -> inService.store.pack(view, row(i, value(view, i))))
                        .toList());
    }

    private static long value(RegisteredView view, int entity) {
        return view.id() * ENTITIES + entity;
    }

    private static FeatureRow row(int entity, long value) {
        return FeatureRow.of(new Object[] {"e" + entity}, EVENT, 1, new Object[] {value});
    }

    private List<RowAddress> addresses() {
        return IntStream.range(0, ENTITIES)
                .boxed()
                .flatMap(i -> views.stream()
                        .map(view -> new RowAddress(
                                view, inService.store.pack(view, row(i, 0)).key())))
                .toList();
    }

    private void check(List<RowAddress> addresses) {
        var rows = inService.read(addresses);
        for (int i = 0; i < addresses.size(); i += 997) {
            var view = addresses.get(i).view();
            var json = new JsonBytes(16);
            new PackedRow(new RowLayout(view), rows.get(i)).write(0, json, false);
            String key = new String(addresses.get(i).key().bytes(), StandardCharsets.US_ASCII);
            int entity = Integer.parseInt(key.substring(key.indexOf('e') + 1));
            assertThat(new String(json.toBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo(Long.toString(value(view, entity)));
        }
        assertThat(rows).hasSize(addresses.size()).doesNotContainNull();
    }

    private int lookUpOne(List<RowAddress> addresses, AtomicInteger done) {
        var random = new Random(1);
        int lookups = 0;
        while (done.get() < CLIENTS) {
            int entity = random.nextInt(ENTITIES);
            check(addresses.subList(entity * VIEWS, entity * VIEWS + VIEWS));
            lookups++;
        }
        return lookups;
    }

    private List<RedisLink> connections() {
        return inService.nodes.all().stream()
                .flatMap(node -> Stream.of(node.lookups(), node.writes()))
                .map(RedisConnection::link)
                .toList();
    }
}
