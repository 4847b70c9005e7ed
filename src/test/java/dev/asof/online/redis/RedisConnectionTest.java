package dev.asof.online.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.asof.shared.AsofException;
import dev.asof.support.Eventually;
import dev.asof.support.RedisProcess;
import dev.asof.support.TcpProxy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that goes and comes back while many ask for it without a pause. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisConnectionTest {

    private static final int CALLERS = 7;

    @TempDir
    private static Path directory;

    private final RedisClient client = OnlineConfiguration.client();
    private RedisProcess redis;
    private RedisConnection connection;

    @BeforeAll
    void start() {
        redis = RedisProcess.start(directory);
        connection = new RedisConnection(client, RedisSettings.uri(redis.uri()), Duration.ofMillis(300));
    }

    @AfterAll
    void stop() {
        connection.close();
        client.close();
        redis.close();
    }

    @Test
    void O3_aRestartedRedisIsFoundHoweverManyAskForIt() {
        assertThat(connection.link().isOpen()).isTrue();
        redis.kill();
        askedByMany(redis::restart);
    }

    @Test
    void O3_aHungRedisIsFoundHoweverManyAskForIt() {
        assertThat(connection.link().isOpen()).isTrue();
        redis.hang();
        connection.drop();
        askedByMany(redis::goOn);
    }

    /** Not for as long as it may take to connect. */
    @Test
    void O3_aReplyIsWaitedForAsLongAsTheConnectionWasToldTo() throws Exception {
        try (var patient = new RedisConnection(client, RedisSettings.uri(redis.uri()), Duration.ofSeconds(10))) {
            var link = patient.link();
            redis.hang();
            Future<String> reply;
            try {
                reply = patient.send(link, RedisAsyncCommands::ping);
                Thread.sleep(RedisSettings.CONNECT_TIMEOUT.plusMillis(500));
            } finally {
                redis.goOn();
            }
            assertThat(patient.await(reply)).isEqualTo("PONG");
        }
    }

    /** A firewall may drop what goes by one connection, and let those of lookups and of the monitor be. */
    @Test
    void O3_aConnectionThatAnswersNoWritesIsGivenUp() {
        try (var proxy = new TcpProxy(redis.port());
                var writes = new RedisConnection(
                        client,
                        RedisSettings.uri("redis://127.0.0.1:%s".formatted(proxy.port())),
                        Duration.ofMillis(300))) {
            var node = new RedisNode("redis", connection, writes, "");
            node.check(NodesInService.NONE);
            var pipeline = new WritePipeline(node, NewerWins.SCRIPT);
            assertThat(writes.isOpen()).isTrue();
            proxy.fallSilent();

            pipeline.add(0, new byte[] {1}, new byte[40]);

            assertThatExceptionOfType(AsofException.class).isThrownBy(pipeline::finish);
            Eventually.within(Duration.ofSeconds(10), () -> !writes.isOpen(), () -> "still open");
        }
    }

    /** Has many ask without a pause, until it is found once more. */
    private void askedByMany(Runnable mend) {
        var refused = new AtomicInteger();
        var threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            for (int i = 0; i < CALLERS; i++) {
                threads.submit(() -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        ask(refused);
                    }
                });
            }
            // one attempt has failed, and everybody was told so
            Eventually.until(() -> refused.get() > 100, refused::get);
            mend.run();
            Eventually.within(Duration.ofSeconds(10), connection::isOpen, () -> refused + " times refused");
        } finally {
            threads.shutdownNow();
        }
    }

    private void ask(AtomicInteger refused) {
        try {
            connection.link();
        } catch (AsofException e) {
            refused.addAndGet(RedisConnection.wasNotTried(e) ? 1 : 0);
        }
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
