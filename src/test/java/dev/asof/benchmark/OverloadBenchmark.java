package dev.asof.benchmark;

import dev.asof.support.ApiClient;
import dev.asof.support.ServerProcess;
import dev.asof.support.TestStores;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What those who get in notice of an overload: lookups from as many connections as the server takes well, then from ten
 * times as many, with and without ingestion beyond its limit at the same time; and the server's memory meanwhile.
 */
public final class OverloadBenchmark {

    private static final int NORMAL = 64;
    private static final int OVERLOAD = 640;
    private static final int INGESTING = 200;
    private static final int KEYS = 1_000;
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final Duration MEASURED = Duration.ofSeconds(10);

    /** What a client that is refused waits in the mean, as the header asks; not all the same, or all would come at once. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ServerProcess server;

    private OverloadBenchmark(ServerProcess server) {
        this.server = server;
    }

    public static void main(String[] args) throws Exception {
        try (var server = ServerProcess.start(
                        "overload",
                        TestStores.newDatabase(),
                        TestStores.newRedisUri(),
                        "-XX:TieredStopAtLevel=4",
                        "-Xmx512m")
                .awaitReady()) {
            var benchmark = new OverloadBenchmark(server);
            benchmark.load();
            benchmark.run();
        }
        System.exit(0);
    }

    private void load() {
        ApiClient api = server.api();
        String features = IntStream.range(0, 10)
                .mapToObj(i -> "  - {name: f%1$s, expression: \"amount + %1$s\"}\n".formatted(i))
                .collect(Collectors.joining());
        api.apply("""
            kind: entity
            name: meter
            keys: [{name: meter, type: STRING}]
            ---
            kind: source
            name: rows
            type: push
            columns:
              - {name: at, type: TIMESTAMP}
              - {name: meter, type: STRING}
              - {name: amount, type: INT64}
            event_timestamp: at
            ---
            kind: feature_view
            name: readings
            entities: [meter]
            source: rows
            features:
            %s
            ---
            kind: feature_service
            name: model
            features: ["readings:*"]
            """.formatted(features)).expect(200);
        api.post(
                        "/sources/rows/rows",
                        "application/x-ndjson",
                        IntStream.range(0, KEYS)
                                .mapToObj(OverloadBenchmark::row)
                                .collect(Collectors.joining("\n")))
                .expect(200);
    }

    private static String row(int key) {
        return "{\"meter\":\"m%s\",\"at\":\"2026-01-01T00:00:00Z\",\"amount\":1}".formatted(key);
    }

    private void run() throws InterruptedException {
        measure(NORMAL, 0, Duration.ZERO, WARM_UP);
        System.out.printf(
                "%n%-58s %10s %8s %8s %10s %8s %8s%n",
                "lookups", "answered/s", "p50 ms", "p99 ms", "refused/s", "p99 ms", "MiB");
        var normal = measure(NORMAL, 0, Duration.ZERO, MEASURED);
        print("normal: %s connections".formatted(NORMAL), normal);
        var patient = measure(OVERLOAD, 0, PATIENCE, MEASURED);
        print("overload: %s connections, wait 1 s when refused".formatted(OVERLOAD), patient);
        var rude = measure(OVERLOAD, 0, Duration.ZERO, MEASURED);
        print("overload: %s connections, try again at once".formatted(OVERLOAD), rude);
        var ingesting = measure(NORMAL, INGESTING, PATIENCE, MEASURED);
        print("normal, and %s connections sending rows".formatted(INGESTING), ingesting);
        print("normal again", measure(NORMAL, 0, Duration.ZERO, MEASURED));
        System.out.printf(
                "%np99 of what is answered, against normal: %.1f (waiting), %.1f (at once)%n",
                patient.p99() / normal.p99(), rude.p99() / normal.p99());
    }

    private static void print(String name, Result result) {
        System.out.printf(
                "%-58s %,10.0f %8.1f %8.1f %,10.0f %8.1f %8d%n",
                name,
                result.rate(),
                result.p50(),
                result.p99(),
                result.refused(),
                result.refusedP99(),
                result.mebibytes());
    }

    /** Rates a second, times in milliseconds, the most memory that the process held. */
    private record Result(double rate, double p50, double p99, double refused, double refusedP99, long mebibytes) {}

    private Result measure(int connections, int ingesting, Duration patience, Duration time)
            throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        var clients = new ConcurrentLinkedQueue<Client>();
        long memory = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < connections; i++) {
                var client = new Client("/api/v1/online-features", """
                    {"feature_service":"model","entities":[{"meter":"m%s"}]}\
                    """.formatted(i % KEYS));
                clients.add(client);
                threads.execute(() -> client.run(server.port(), end, patience));
            }
            for (int i = 0; i < ingesting; i++) {
                var client = new Client("/api/v1/sources/rows/rows", "{\"rows\":[%s]}".formatted(row(i)));
                threads.execute(() -> client.run(server.port(), end, patience));
            }
            while (System.nanoTime() < end) {
                memory = Math.max(memory, residentMebibytes());
                Thread.sleep(Duration.ofMillis(500));
            }
        }
        double seconds = time.toNanos() / 1e9;
        long[] answered = sorted(clients.stream().map(client -> client.answered).toList());
        long[] refused = sorted(clients.stream().map(client -> client.refused).toList());
        return new Result(
                answered.length / seconds,
                percentile(answered, 0.5),
                percentile(answered, 0.99),
                refused.length / seconds,
                percentile(refused, 0.99),
                memory);
    }

    private static long[] sorted(java.util.List<Times> times) {
        return times.stream().flatMapToLong(Times::stream).sorted().toArray();
    }

    private static double percentile(long[] sorted, double part) {
        return sorted.length == 0 ? 0 : sorted[(int) (part * (sorted.length - 1))] / 1e6;
    }

    /** Where the system tells; else 0. */
    private long residentMebibytes() {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(server.pid()), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    private static final class Times {

        private long[] nanos = new long[1024];
        private int count;

        void add(long time) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, count * 2);
            }
            nanos[count++] = time;
        }

        java.util.stream.LongStream stream() {
            return Arrays.stream(nanos, 0, count);
        }
    }

    /** One connection: as little work as possible, since it runs on the machine that it measures. */
    private static final class Client {

        private final Times answered = new Times();
        private final Times refused = new Times();
        private final byte[] request;
        private boolean isClosing;

        Client(String path, String body) {
            request =
                    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s"
                            .formatted(path, body.length(), body)
                            .getBytes(StandardCharsets.US_ASCII);
        }

        void run(int port, long end, Duration patience) {
            try {
                while (System.nanoTime() < end) {
                    converse(port, end, patience);
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Until the server asks to reconnect. */
        private void converse(int port, long end, Duration patience) throws IOException, InterruptedException {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                var in = new BufferedInputStream(socket.getInputStream());
                isClosing = false;
                while (!isClosing && System.nanoTime() < end) {
                    long before = System.nanoTime();
                    socket.getOutputStream().write(request);
                    int status = read(in);
                    long time = System.nanoTime() - before;
                    switch (status) {
                        case 200 -> answered.add(time);
                        case 429 -> {
                            refused.add(time);
                            Thread.sleep((long) (patience.toMillis()
                                    * ThreadLocalRandom.current().nextDouble(0.5, 1.5)));
                        }
                        default -> throw new IllegalStateException("Answered " + status);
                    }
                }
            }
        }

        /** Reads one answer; its status. */
        private int read(InputStream in) throws IOException {
            String status = line(in);
            int length = 0;
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                    length = Integer.parseInt(header.substring(15).strip());
                }
                isClosing |= header.equalsIgnoreCase("Connection: close");
            }
            in.skipNBytes(length);
            return Integer.parseInt(status.substring(9, 12));
        }

        private static String line(InputStream in) throws IOException {
            var line = new StringBuilder(80);
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new IOException("The connection was closed");
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }
    }
}
