package dev.asof.materialization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import dev.asof.support.Readings;
import dev.asof.support.RedisClusterProcesses;
import dev.asof.support.StartedServer;
import dev.asof.support.SteadyLoad;
import dev.asof.support.TestStores;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rule O3 on a real Redis Cluster of six processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisClusterFaultsTest {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final int METERS = 300;

    @TempDir
    private static Path directory;

    private RedisClusterProcesses cluster;
    private StartedServer server;
    private Readings readings;
    private long sent;

    @BeforeAll
    void startServer() {
        cluster = RedisClusterProcesses.start(directory, 3);
        server = StartedServer.on(
                TestStores.newDatabase(), "", "spring.data.redis.cluster.nodes=" + cluster.addresses());
        readings = new Readings(server.api(), server.dataSource(), "clustered").defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
    }

    @AfterAll
    void stopServer() {
        server.close();
        cluster.close();
    }

    @Test
    void O3_oneMasterKilledAnotherFlushedAndTheThirdHung() {
        assertThat(sendToAll()).isEqualTo("applied");
        assertThat(checkLookup().get("degraded").asBoolean()).isFalse();
        assertThat(rowsIn(0)).isPositive();
        assertThat(rowsIn(1)).isPositive();
        assertThat(rowsIn(2)).isPositive();
        awaitCheckpoint(0);

        var load = new SteadyLoad(server.api(), server.dataSource(), "steady").awaitWhole();
        long rebuilds = rebuilds();
        cluster.master(0).kill();
        assertThat(checkLookup().get("degraded").asBoolean()).isTrue();
        assertThat(sendToAll()).isEqualTo("pending");
        assertThat(checkLookup().get("degraded").asBoolean()).isTrue();
        cluster.swap(0);
        load.awaitWhole();
        awaitHealed();
        assertThat(rebuilds()).as("what came after the checkpoint is enough").isEqualTo(rebuilds);
        assertThat(sendToAll()).isEqualTo("applied");
        assertThat(checkLookup().get("degraded").asBoolean()).isFalse();

        cluster.master(1).call(RedisCommands::flushall);
        load.awaitWhole();
        awaitHealed();
        assertThat(rebuilds()).isGreaterThan(rebuilds);
        assertThat(sendToAll()).isEqualTo("applied");
        assertThat(checkLookup().get("degraded").asBoolean()).isFalse();
        assertThat(rowsIn(1)).isPositive();

        cluster.master(2).hang();
        try {
            load.awaitWhole();
            awaitHealed();
        } finally {
            cluster.master(2).goOn();
            cluster.swap(2);
        }
        load.awaitWhole().close();
        readings.checkOnline(1, "amount", Instant.now());
    }

    /** On the way every lookup finds every key, and afterwards online equals offline. */
    private void awaitHealed() {
        Eventually.until(() -> !checkLookup().get("degraded").asBoolean(), () -> "still degraded");
        readings.awaitNothingOwed();
        readings.checkOnline(1, "amount", Instant.now());
    }

    private long rowsIn(int master) {
        return cluster.master(master).call(RedisCommands::dbsize) - 2;
    }

    private void awaitCheckpoint(int master) {
        Eventually.until(
                () -> cluster.master(master)
                                .call(commands -> commands.keys("asof:checkpoint*"))
                                .size()
                        == 1,
                () -> "no checkpoint");
    }

    private long rebuilds() {
        return readings.count("select count(*) from asof.materialization where kind = 'online_rebuild'");
    }

    private JsonNode checkLookup() {
        Map<String, String> expected = readings.offline(1, "amount", Instant.now());
        var meters = new ArrayList<>(expected.keySet());
        var answer = server.api()
                .postJson(
                        "/online-features",
                        Map.of(
                                "features", List.of(readings.view() + ":amount"),
                                "entities",
                                        meters.stream()
                                                .map(meter -> Map.of("meter", meter))
                                                .toList()))
                .expect(200)
                .json();
        for (int i = 0; i < meters.size(); i++) {
            assertThat(answer.get("rows").get(i).get("values").get(0).asString())
                    .as(meters.get(i))
                    .isEqualTo(expected.get(meters.get(i)));
        }
        return answer;
    }

    private String sendToAll() {
        long batch = ++sent;
        return readings.send(IntStream.range(0, METERS)
                        .mapToObj(i -> Readings.reading("m" + i, PAST.plusSeconds(batch), batch))
                        .toList())
                .expect(200)
                .json()
                .get("online")
                .asString();
    }
}
