package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.embedded.EmbeddedRedisProgram;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Stream;

/** A Redis process that a test may kill, hang, restart and make another's replica. */
public final class RedisProcess implements AutoCloseable {

    private static final Path BINARIES = Path.of("target", "embedded-binaries");

    private final Path directory;
    private final int port;
    private final List<String> options;
    private Process process;

    private RedisProcess(Path directory, int port, List<String> options) {
        this.directory = directory;
        this.port = port;
        this.options = options;
        this.process = launch();
    }

    /** Starts an empty one on a free port of loopback, which keeps its data where told to by the options. */
    public static RedisProcess start(Path parent, String... options) {
        try {
            Path directory = Files.createTempDirectory(parent, "redis-");
            return new RedisProcess(directory, freePort(), List.of(options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts one that can join a cluster, whose nodes talk to each other on a second port. */
    public static RedisProcess startClusterNode(Path parent) {
        try {
            Path directory = Files.createTempDirectory(parent, "redis-");
            return new RedisProcess(
                    directory,
                    freeClusterPort(),
                    List.of(
                            "--cluster-enabled", "yes",
                            "--cluster-node-timeout", "1000",
                            "--cluster-replica-validity-factor", "0"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One for which the port 10,000 above is free too. */
    private static int freeClusterPort() {
        while (true) {
            int candidate = ThreadLocalRandom.current().nextInt(12_000, 22_000);
            try (var one = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress());
                    var other = new ServerSocket(candidate + 10_000, 1, InetAddress.getLoopbackAddress())) {
                return other.getLocalPort() - 10_000;
            } catch (IOException e) {
                continue;
            }
        }
    }

    private static String program() {
        return System.getenv("SPRING_DATA_REDIS_URL") == null
                ? EmbeddedRedisProgram.unpacked(BINARIES).toString()
                : "redis-server";
    }

    private Process launch() {
        var command = new ArrayList<>(List.of(
                program(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                directory.toString(),
                "--save",
                "",
                "--repl-diskless-sync-delay",
                "0"));
        command.addAll(options);
        try {
            var started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("log").toFile()))
                    .start();
            // also when a test fails before it can close this
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            Eventually.until(this::answers, () -> "Redis does not start; see " + directory);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try {
            return call(RedisCommands::ping).equals("PONG");
        } catch (RedisException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /** Runs a command on a connection of its own. */
    public <T> T call(Function<RedisCommands<String, String>, T> command) {
        try (var client = RedisClient.create(uri());
                var connection = client.connect()) {
            return command.apply(connection.sync());
        }
    }

    /** A field of INFO. */
    public String info(String field) {
        return call(RedisCommands::info)
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    /** As the kernel or an operator would with {@code kill -9}: nothing more is written. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Starts it again on the same port, with the data it left behind. */
    public void restart() {
        process = launch();
    }

    /** Starts it again on the same port, without any data. */
    public void restartEmpty() {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".rdb")).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        restart();
    }

    /** Stops the process where it is; its connections stay open, and new ones are accepted by the kernel. */
    public void hang() {
        signal("STOP");
    }

    public void goOn() {
        signal("CONT");
    }

    private void signal(String signal) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Makes this one a copy of another, and waits until it is one. */
    public void follow(int masterPort) {
        call(commands -> commands.replicaof("127.0.0.1", masterPort));
        Eventually.until(() -> info("master_link_status").equals("up"), () -> "no replica of " + masterPort);
    }

    @Override
    public void close() {
        kill();
    }
}
