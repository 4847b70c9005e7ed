package dev.asof.support;

import dev.asof.AsofApplication;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server in a process of its own, to be killed. It can be started again, on the same port and stores. Its output is
 * in {@code target/server-processes}.
 */
public final class ServerProcess implements AutoCloseable {

    /** What a server is started with everywhere; without native access, Netty frees its buffers in a costlier way. */
    public static final List<String> OPTIONS = List.of(
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private static final Path LOGS = Path.of("target", "server-processes");
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(25);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> command;
    private final Path log;
    private final int port;
    private final ApiClient api;
    private Process process;

    private ServerProcess(String name, TestStores.Database database, String redisUri, List<String> properties) {
        this.port = freePort();
        this.api = new ApiClient(port);
        this.log = LOGS.resolve(name + ".log");
        this.command = command(database, redisUri, port, properties);
        this.process = spawn();
    }

    /**
     * Starts a server without waiting for it.
     *
     * @param name of its log file
     * @param properties further ones, as {@code name=value}; what begins with {@code -X} or {@code -D} is the JVM's
     */
    public static ServerProcess start(
            String name, TestStores.Database database, String redisUri, String... properties) {
        return new ServerProcess(name, database, redisUri, List.of(properties));
    }

    private static List<String> command(
            TestStores.Database database, String redisUri, int port, List<String> properties) {
        var command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m"));
        command.addAll(OPTIONS);
        properties.stream().filter(ServerProcess::isOfTheJvm).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), AsofApplication.class.getName()));
        var arguments = new ArrayList<>(List.of(
                "asof.embedded.enabled=false",
                "server.port=" + port,
                "spring.datasource.url=" + database.jdbcUrl(),
                "spring.datasource.username=" + database.username(),
                "spring.datasource.password=" + database.password(),
                "spring.datasource.hikari.maximum-pool-size=8",
                "spring.datasource.hikari.minimum-idle=0",
                "spring.data.redis.url=" + redisUri,
                "asof.reader.password=reader-of-tests"));
        properties.stream().filter(each -> !isOfTheJvm(each)).forEach(arguments::add);
        arguments.forEach(each -> command.add("--" + each));
        return command;
    }

    private static boolean isOfTheJvm(String property) {
        return property.startsWith("-X") || property.startsWith("-D");
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Process spawn() {
        try {
            Files.createDirectories(LOGS);
            var builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment()
                    .keySet()
                    .removeIf(variable -> variable.startsWith("SPRING_") || variable.startsWith("ASOF_"));
            return builder.start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public ApiClient api() {
        return api;
    }

    /** Starts it again after it was killed or terminated, without waiting for it. */
    public ServerProcess startAgain() {
        if (process.isAlive()) {
            throw new IllegalStateException("It runs");
        }
        process = spawn();
        return this;
    }

    /** Starts it again if it has ended, without waiting for it. */
    public ServerProcess ensureRuns() {
        return process.isAlive() ? this : startAgain();
    }

    /** Waits until it takes requests. */
    public ServerProcess awaitReady() {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!isReady()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new AssertionError("The server did not start; see " + log);
            }
            pause();
        }
        return this;
    }

    /** Whether it says that it takes requests, as a balancer would ask. */
    public boolean isReady() {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** {@code kill -9}; returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** SIGTERM, without waiting. */
    public void terminate() {
        process.destroy();
    }

    public void awaitExit() {
        try {
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("The server does not end; see " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What it has written so far, of all its runs. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        http.close();
    }
}
