package dev.asof.benchmark;

import dev.asof.AsofApplication;
import dev.asof.embedded.EmbeddedSettings;
import dev.asof.embedded.EmbeddedSettings.Durability;
import dev.asof.embedded.EmbeddedStores;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * How long after an event its aggregates have it online, a window of 30 days among them: events are sent at a rate that doesn't
 * wait for answers, a tenth of them of one key, the others of a million. Each carries a number that grows; of some the greatest
 * number online is looked up, from the acknowledgement on, until it is there. Told are the times from when an event was to be
 * sent, and from its acknowledgement. A post that is refused is sent again when the server says so, as any client would, and its
 * time goes on; how many were is told too.
 *
 * <p>Arguments: a Parquet file of flights, or {@code generated}, which is loaded into the same source meanwhile; how many seconds
 * each part takes; how long the open transaction has been open before it is measured, in seconds.
 */
public final class FreshnessBenchmark {

    private static final int KEYS = 1_000_000;
    private static final int HOT_SHARE = 10;
    private static final int FILE_ROWS = 3_000_000;
    private static final int HISTORY_ROWS = 200_000;
    private static final int ROUNDS = 3;
    private static final Duration GIVE_UP = Duration.ofSeconds(20);

    /** How long a lookup waits that has not found the event: asked without end, the server would be measured under that load. */
    private static final Duration BETWEEN_LOOKUPS = Duration.ofMillis(1);

    private static final int MOST_TRIES = 30;
    private static final Set<Integer> REFUSALS = Set.of(429, 503);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** @param eventsAPost so many events share a request */
    private record Rate(String name, int postsASecond, int eventsAPost) {}

    private static final List<Rate> RATES = List.of(
            new Rate("500 posts/s of one event", 500, 1),
            new Rate("100 posts/s of 20 events (2,000 events/s)", 100, 20));

    private final String api;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final AtomicLong number = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final Duration time;

    private FreshnessBenchmark(int port, Duration time) {
        this.api = "http://127.0.0.1:" + port + "/api/v1";
        this.time = time;
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark"));
        Path file = args[0].equals("generated") ? SampleFlights.in(directory, FILE_ROWS, KEYS) : Path.of(args[0]);
        Path data = Files.createTempDirectory(directory, "data-");
        var settings = new EmbeddedSettings(data, directory.resolve("bin"), Durability.KEPT, true, true);
        try (var stores = EmbeddedStores.start(settings)) {
            int port = ServerUnderLoad.freePort();
            var arguments = new ArrayList<>(LookupStores.arguments(stores));
            arguments.add("--server.port=" + port);
            try (var _ = ServerUnderLoad.java(
                    directory,
                    "Asof",
                    List.of("-Xmx512m"),
                    AsofApplication.class,
                    port,
                    arguments.toArray(String[]::new))) {
                var benchmark = new FreshnessBenchmark(port, Duration.ofSeconds(Long.parseLong(args[1])));
                benchmark.define();
                benchmark.sendHistory();
                benchmark.warmUp();
                benchmark.measure("alone");
                benchmark.measureWithOpenTransaction(stores, Duration.ofSeconds(Long.parseLong(args[2])));
                benchmark.measureWhileLoading(file);
            }
        }
        System.exit(0);
    }

    private void define() throws Exception {
        post("/definitions", "application/yaml", BodyPublishers.ofString("""
            kind: entity
            name: fresh_place
            keys: [{name: place, type: STRING}]
            ---
            kind: source
            name: fresh
            type: push
            columns:
              - {name: date, type: TIMESTAMP, time_zone: America/New_York, required: true}
              - {name: delay, type: INT64}
              - {name: distance, type: INT64}
              - {name: origin, type: STRING}
              - {name: destination, type: STRING}
            event_timestamp: date
            ---
            kind: feature_view
            name: fresh_by_origin
            entities: [{name: fresh_place, keys: {place: origin}}]
            source: fresh
            features:
              - {name: flights, aggregate: count, windows: [1h, 24h, 7d, 30d]}
              - {name: mean_delay, aggregate: avg, column: delay, windows: [1h, 24h, 7d, 30d]}
              - {name: late, aggregate: count, where: "delay > 15", windows: [1h, 24h, 7d, 30d]}
              - {name: greatest, aggregate: max, column: distance, windows: [1h, 24h, 7d, 30d]}
            """));
    }

    /** Thirty days of events before the first that is measured, so that the hot key has tiles of every level. */
    private void sendHistory() throws Exception {
        var random = new Random(1);
        Instant end = Instant.now();
        for (int sent = 0; sent < HISTORY_ROWS; sent += 20_000) {
            var rows = new StringBuilder();
            for (int i = 0; i < 20_000; i++) {
                Instant at = end.minusSeconds(
                        1 + (long) (random.nextDouble() * Duration.ofDays(30).toSeconds()));
                rows.append(row(at, 0, random)).append('\n');
            }
            post("/sources/fresh/rows", "application/x-ndjson", BodyPublishers.ofString(rows.toString()));
        }
    }

    private static String row(Instant at, long distance, Random random) {
        return "{\"date\":\"%s\",\"delay\":%s,\"distance\":%s,\"origin\":\"%s\",\"destination\":\"P\"}"
                .formatted(at.truncatedTo(ChronoUnit.MICROS), random.nextInt(60), distance, place(random));
    }

    private static String place(Random random) {
        return random.nextInt(100) < HOT_SHARE ? "HOT" : SampleFlights.place(random.nextInt(KEYS));
    }

    /** Until the server's code is compiled. */
    private void warmUp() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            for (Rate rate : RATES) {
                run(rate, time);
            }
        }
    }

    private void measure(String name) throws Exception {
        for (Rate rate : RATES) {
            var runs = new ArrayList<Run>();
            for (int round = 0; round < ROUNDS; round++) {
                runs.add(run(rate, time));
            }
            print(name, rate, runs);
        }
    }

    private void measureWithOpenTransaction(EmbeddedStores stores, Duration open) throws Exception {
        var postgres = stores.postgres().orElseThrow();
        try (Connection connection =
                DriverManager.getConnection(postgres.jdbcUrl(), postgres.username(), postgres.password())) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (var statement = connection.createStatement()) {
                statement.execute("select count(*) from asof.store");
            }
            for (Instant end = Instant.now().plus(open); Instant.now().isBefore(end); ) {
                run(RATES.getFirst(), Duration.ofSeconds(10));
            }
            measure("a repeatable-read transaction open for %s s".formatted(open.toSeconds()));
        }
    }

    /** In parts of which each is a run, as the rate has to end soon after the file. */
    private void measureWhileLoading(Path file) throws Exception {
        for (Rate rate : RATES) {
            try (ExecutorService loader = Executors.newSingleThreadExecutor()) {
                long begin = System.nanoTime();
                var loading = loader.submit(() ->
                        post("/sources/fresh/rows", "application/vnd.apache.parquet", BodyPublishers.ofFile(file)));
                var runs = new ArrayList<Run>();
                while (!loading.isDone()) {
                    runs.add(run(rate, time));
                }
                loading.get();
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
                print("a file of 3 million rows loading into the same source for %s s".formatted(seconds), rate, runs);
            }
        }
    }

    /** In nanoseconds, of one event: from when it was to be sent, and from its acknowledgement. */
    private record Sample(long sinceDue, long sinceAcknowledged, long acknowledged) {}

    /**
     * @param refusals answers that said to try again
     * @param load how many processes wanted a processor in the minute before, by the system's reckoning
     */
    private record Run(List<Sample> samples, long posts, long refusals, long givenUp, double load) {

        /** In nanoseconds. */
        long freshness() {
            return percentile(samples.stream().mapToLong(Sample::sinceAcknowledged), 0.99);
        }
    }

    private Run run(Rate rate, Duration length) throws Exception {
        var samples = new ConcurrentLinkedQueue<Sample>();
        var givenUp = new AtomicLong();
        long refusedBefore = refusals.get();
        long begin = System.nanoTime();
        long gap = TimeUnit.SECONDS.toNanos(1) / rate.postsASecond();
        long posts = length.toNanos() / gap;
        var random = new Random(begin);
        int sampled = Math.max(1, rate.postsASecond() / 50);
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long i = 0; i < posts; i++) {
                long due = begin + i * gap;
                for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.sleep(wait);
                }
                boolean isSampled = i % sampled == 0;
                long seed = random.nextLong();
                senders.submit(() -> {
                    try {
                        send(rate, new Random(seed), due, isSampled, samples);
                    } catch (IllegalStateException refused) {
                        givenUp.incrementAndGet();
                    }
                    return null;
                });
            }
        }
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return new Run(List.copyOf(samples), posts, refusals.get() - refusedBefore, givenUp.get(), load);
    }

    private void send(Rate rate, Random random, long due, boolean isSampled, ConcurrentLinkedQueue<Sample> samples)
            throws Exception {
        var rows = new StringBuilder("{\"rows\":[");
        long last = 0;
        String place = "";
        for (int i = 0; i < rate.eventsAPost(); i++) {
            last = number.incrementAndGet();
            String row = row(Instant.now(), last, random);
            place = row.substring(row.indexOf("\"origin\":\"") + 10, row.indexOf("\",\"destination"));
            rows.append(i == 0 ? "" : ",").append(row);
        }
        post(
                "/sources/fresh/rows",
                "application/json",
                BodyPublishers.ofString(rows.append("]}").toString()));
        long acknowledged = System.nanoTime();
        if (isSampled) {
            awaitOnline(place, last);
            long online = System.nanoTime();
            samples.add(new Sample(online - due, online - acknowledged, acknowledged - due));
        }
    }

    private void awaitOnline(String place, long wanted) throws Exception {
        String request = """
            {"features":["fresh_by_origin:greatest_30d"],"entities":[{"place":"%s"}]}\
            """.formatted(place);
        long end = System.nanoTime() + GIVE_UP.toNanos();
        while (System.nanoTime() < end) {
            String answer = post("/online-features", "application/json", BodyPublishers.ofString(request));
            var value = JSON.readTree(answer).get("rows").get(0).get("values").get(0);
            if (!value.isNull() && value.asLong() >= wanted) {
                return;
            }
            Thread.sleep(BETWEEN_LOOKUPS);
        }
        throw new IllegalStateException("%s of %s is not online after %s".formatted(wanted, place, GIVE_UP));
    }

    /** Sends again what is refused. */
    private String post(String path, String contentType, HttpRequest.BodyPublisher body) throws Exception {
        for (int tries = 1; ; tries++) {
            var answer = http.send(
                    HttpRequest.newBuilder(URI.create(api + path))
                            .header("Content-Type", contentType)
                            .POST(body)
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            if (!REFUSALS.contains(answer.statusCode()) || tries == MOST_TRIES) {
                throw new IllegalStateException(answer.body());
            }
            refusals.incrementAndGet();
            Thread.sleep(retryAfter(answer));
        }
    }

    private static Duration retryAfter(HttpResponse<?> refusal) {
        return Duration.ofSeconds(
                refusal.headers().firstValueAsLong("Retry-After").orElse(1));
    }

    /** The best of some runs, and of the others what tells how far they are from it. */
    private static void print(String name, Rate rate, List<Run> runs) {
        Run best = runs.stream().min(Comparator.comparingLong(Run::freshness)).orElseThrow();
        System.out.printf("%n%s, %s; the best of %s runs%n", name, rate.name(), runs.size());
        System.out.printf(
                "  online after it was acknowledged: %s%n  online after it was to be sent: %s%n  acknowledged after it"
                        + " was to be sent: %s%n",
                percentiles(best.samples(), Sample::sinceAcknowledged),
                percentiles(best.samples(), Sample::sinceDue),
                percentiles(best.samples(), Sample::acknowledged));
        for (Run run : runs) {
            System.out.printf(
                    Locale.ROOT,
                    "  a run: p99 %.1f ms after the acknowledgement, %.1f ms to it; %s samples; of %s posts %s"
                            + " refusals, %s given up; load average %.1f%n",
                    run.freshness() / 1e6,
                    percentile(run.samples().stream().mapToLong(Sample::acknowledged), 0.99) / 1e6,
                    run.samples().size(),
                    run.posts(),
                    run.refusals(),
                    run.givenUp(),
                    run.load());
        }
    }

    private static String percentiles(List<Sample> samples, ToLongFunction<Sample> of) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms, most %.1f ms",
                percentile(samples.stream().mapToLong(of), 0.5) / 1e6,
                percentile(samples.stream().mapToLong(of), 0.99) / 1e6,
                percentile(samples.stream().mapToLong(of), 1) / 1e6);
    }

    /** The greatest number there is where nothing was measured. */
    private static long percentile(LongStream nanos, double share) {
        long[] sorted = nanos.sorted().toArray();
        return sorted.length == 0 ? Long.MAX_VALUE : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)];
    }
}
