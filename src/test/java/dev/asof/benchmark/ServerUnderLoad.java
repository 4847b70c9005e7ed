package dev.asof.benchmark;

import dev.asof.support.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A server in a process of its own, whose processor time can be told apart. Closing ends it. */
final class ServerUnderLoad implements AutoCloseable {

    private static final Duration START = Duration.ofMinutes(2);

    private final String name;
    private final Process process;
    private final int port;

    private ServerUnderLoad(String name, Process process, int port) {
        this.name = name;
        this.process = process;
        this.port = port;
    }

    /** Starts a main class in a JVM with this one's class path, and waits until it listens. */
    static ServerUnderLoad java(
            Path directory, String name, List<String> jvm, Class<?> main, int port, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ServerProcess.OPTIONS);
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return start(directory, name, command, port);
    }

    /** Starts a command and waits until it listens. */
    static ServerUnderLoad start(Path directory, String name, List<String> command, int port)
            throws IOException, InterruptedException {
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        directory.resolve(name.replace(' ', '-') + ".log").toFile())
                .start();
        var server = new ServerUnderLoad(name, process, port);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        long deadline = System.nanoTime() + START.toNanos();
        while (!listens(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("%s does not start; see its log in %s".formatted(name, directory));
            }
            Thread.sleep(50);
        }
        return server;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    /** Of the process and of those it started. */
    Duration processorTime() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(handle -> handle.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /**
     * What the process has resident in MiB, without pages of files, which the system takes back when it needs them; zero
     * where no {@code /proc} tells.
     */
    long memory() throws IOException {
        Path status = Path.of("/proc/%s/status".formatted(process.pid()));
        if (!Files.exists(status)) {
            return 0;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
