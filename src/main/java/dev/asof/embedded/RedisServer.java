package dev.asof.embedded;

import dev.asof.embedded.EmbeddedSettings.Durability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A Redis server of our own, in the background of its own session. */
final class RedisServer implements AutoCloseable {

    private static final String CONFIGURATION = """
        # Written by Asof at every start; changes made here are lost.
        bind 127.0.0.1
        port %s
        requirepass %s
        daemonize yes
        # Keeps the command line, by which a leftover is known.
        set-proc-title no
        pidfile "%s"
        dir "%s"
        logfile "redis.log"
        databases 256
        maxmemory-policy noeviction
        save ""
        """;
    private static final String KEPT = """
        appendonly yes
        appendfsync everysec
        """;
    private static final String THROWAWAY = """
        appendonly no
        """;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);

    private final Path directory;
    private final Binaries binaries;
    private final Secrets secrets;
    private final Durability durability;

    private RedisServer(Path directory, Binaries binaries, Secrets secrets, Durability durability) {
        this.directory = directory;
        this.binaries = binaries;
        this.secrets = secrets;
        this.durability = durability;
    }

    /** A server that is not running yet, its port chosen; what a killed process left running there is stopped. */
    static RedisServer on(Path dataDirectory, Binaries binaries, Secrets secrets, Durability durability) {
        var server = new RedisServer(dataDirectory.resolve("redis"), binaries, secrets, durability);
        try {
            Files.createDirectories(server.directory);
            Files.setPosixFilePermissions(server.directory, Unprivileged.AS_THIS_USER.directoryPermissions());
            server.close();
            secrets.chooseFreePort(Secrets.Port.REDIS);
        } catch (IOException e) {
            throw server.notWritable(e);
        }
        return server;
    }

    /** Starts the server and waits until it has read its data. */
    void start() {
        try {
            configure();
        } catch (IOException e) {
            throw notWritable(e);
        }
        Commands.run(
                "Starting Redis",
                List.of(binaries.redisServer().toString(), configuration().toString()),
                Map.of(),
                "");
        awaitReady();
    }

    boolean isRunning() {
        return LocalProcesses.pidIn(pidFile())
                .filter(pid ->
                        LocalProcesses.ownerOf(pid, "redis-server", configuration()) != LocalProcesses.Owner.NOBODY)
                .isPresent();
    }

    private EmbeddedStoresException notWritable(IOException e) {
        return new EmbeddedStoresException("Redis's files in " + directory + " cannot be written: " + e, e);
    }

    String uri() {
        return "redis://:%s@127.0.0.1:%s".formatted(password(), port());
    }

    /** Stops the server that the pid file names, if it is ours, and waits until its data is on disk. */
    @Override
    public void close() {
        var pid = LocalProcesses.pidIn(pidFile());
        if (pid.isEmpty()) {
            return;
        }
        switch (LocalProcesses.ownerOf(pid.get(), "redis-server", configuration())) {
            case OURS -> stop(pid.get());
            case NOBODY -> {}
            case UNKNOWN ->
                throw new EmbeddedStoresException(("%s names process %s, which this user may not look at: "
                                + "stop it if it is a Redis, else delete the file.")
                        .formatted(pidFile(), pid.get()));
        }
    }

    private void configure() throws IOException {
        Secrets.ownerOnly(
                configuration(),
                CONFIGURATION.formatted(port(), password(), pidFile(), directory) + durable(durability));
    }

    private static void stop(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
        if (!waitFor(STOP_TIMEOUT, () -> !LocalProcesses.isRunning(pid))) {
            throw new EmbeddedStoresException("Redis (pid %s) does not stop".formatted(pid));
        }
    }

    private void awaitReady() {
        if (!waitFor(START_TIMEOUT, this::answers)) {
            close();
            throw new EmbeddedStoresException(
                    "Redis does not answer on port %s; see %s".formatted(port(), directory.resolve("redis.log")));
        }
    }

    /** While Redis reads its data it answers with an error. */
    private boolean answers() {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout((int) START_TIMEOUT.toMillis());
            var expected = "+OK\r\n+PONG\r\n";
            socket.getOutputStream()
                    .write("AUTH %s\r\nPING\r\n".formatted(password()).getBytes(StandardCharsets.US_ASCII));
            var answer = socket.getInputStream().readNBytes(expected.length());
            return expected.equals(new String(answer, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean waitFor(Duration timeout, BooleanSupplier condition) {
        var deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private static String durable(Durability durability) {
        return switch (durability) {
            case KEPT -> KEPT;
            case THROWAWAY -> THROWAWAY;
        };
    }

    private int port() {
        return secrets.port(Secrets.Port.REDIS);
    }

    private String password() {
        return secrets.password(Secrets.Name.REDIS);
    }

    private Path configuration() {
        return directory.resolve("redis.conf");
    }

    private Path pidFile() {
        return directory.resolve("redis.pid");
    }
}
