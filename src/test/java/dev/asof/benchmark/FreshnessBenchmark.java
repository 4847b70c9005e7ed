package dev.asof.benchmark;

import dev.asof.AsofApplication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import tools.jackson.databind.json.JsonMapper;

/**
 * How long after an event its aggregates have it online, a window of 30 days among them: events are sent at a rate that doesn't
 * wait for answers, a tenth of them of one key, the others of a million. Each carries a number that grows; of some the greatest
 * number online is looked up, from the acknowledgement on, until it is there. Told are the times from when an event was to be
 * sent, and from its acknowledgement.
 *
 * <p>Arguments: a Parquet file of flights, or {@code generated}, which is loaded into the same source meanwhile; how many seconds
 * each part takes; how long the open transaction has been open before it is measured, in seconds.
 */
public final class FreshnessBenchmark {

    private static final int KEYS = 1_000_000;
    private static final int HOT_SHARE = 10;
    private static final int FILE_ROWS = 3_000_000;
    private static final int HISTORY_ROWS = 200_000;
    private static final Duration GIVE_UP = Duration.ofSeconds(20);
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
    private final AtomicLong failures = new AtomicLong();
    private final Duration time;

    private FreshnessBenchmark(ConfigurableApplicationContext server, Duration time) {
        this.api = "http://127.0.0.1:" + server.getEnvironment().getProperty("local.server.port") + "/api/v1";
        this.time = time;
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "benchmark"));
        Path file = args[0].equals("generated") ? SampleFlights.in(directory, FILE_ROWS, KEYS) : Path.of(args[0]);
        Path data = Files.createTempDirectory(directory, "data-");
        try (var server = SpringApplication.run(
                AsofApplication.class,
                "--server.port=0",
                "--asof.embedded.data-dir=" + data,
                "--logging.level.root=warn")) {
            var benchmark = new FreshnessBenchmark(server, Duration.ofSeconds(Long.parseLong(args[1])));
            benchmark.define();
            benchmark.sendHistory();
            benchmark.measure("warming up", RATES);
            benchmark.measure("alone", RATES);
            benchmark.measureWithOpenTransaction(server.getEnvironment(), Duration.ofSeconds(Long.parseLong(args[2])));
            benchmark.measureWhileLoading(file);
        }
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

    private void measureWithOpenTransaction(Environment environment, Duration open) throws Exception {
        try (Connection connection = DriverManager.getConnection(
                environment.getRequiredProperty("spring.datasource.url"),
                environment.getRequiredProperty("spring.datasource.username"),
                environment.getProperty("spring.datasource.password"))) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (var statement = connection.createStatement()) {
                statement.execute("select count(*) from asof.store");
            }
            for (Instant end = Instant.now().plus(open); Instant.now().isBefore(end); ) {
                run(RATES.getFirst(), Duration.ofSeconds(10));
            }
            measure("a repeatable-read transaction open for %s s".formatted(open.toSeconds()), RATES);
        }
    }

    private void measureWhileLoading(Path file) throws Exception {
        for (Rate rate : RATES) {
            try (ExecutorService loader = Executors.newSingleThreadExecutor()) {
                long begin = System.nanoTime();
                var loading = loader.submit(() ->
                        post("/sources/fresh/rows", "application/vnd.apache.parquet", BodyPublishers.ofFile(file)));
                var samples = new ArrayList<Sample>();
                while (!loading.isDone()) {
                    samples.addAll(run(rate, Duration.ofSeconds(5)));
                }
                print(
                        "a file of 3 million rows loading into the same source for %s s"
                                .formatted(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin)),
                        rate,
                        samples);
                loading.get();
            }
        }
    }

    private void measure(String name, List<Rate> rates) throws Exception {
        for (Rate rate : rates) {
            print(name, rate, run(rate, time));
        }
    }

    /** In nanoseconds, of one event: from when it was to be sent, and from its acknowledgement. */
    private record Sample(long sinceDue, long sinceAcknowledged, long acknowledged) {}

    private List<Sample> run(Rate rate, Duration length) throws Exception {
        var samples = new ConcurrentLinkedQueue<Sample>();
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
                        failures.incrementAndGet();
                    }
                    return null;
                });
            }
        }
        return List.copyOf(samples);
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
        }
        throw new IllegalStateException("%s of %s is not online after %s".formatted(wanted, place, GIVE_UP));
    }

    private String post(String path, String contentType, HttpRequest.BodyPublisher body) throws Exception {
        var answer = http.send(
                HttpRequest.newBuilder(URI.create(api + path))
                        .header("Content-Type", contentType)
                        .POST(body)
                        .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.body());
        }
        return answer.body();
    }

    private void print(String name, Rate rate, List<Sample> samples) {
        System.out.printf(
                "%n%s, %s: %s samples, %s posts refused%n  online after it was to be sent: %s%n  online after it was"
                        + " acknowledged: %s%n  acknowledged after it was to be sent: %s%n",
                name,
                rate.name(),
                samples.size(),
                failures.getAndSet(0),
                percentiles(samples.stream().mapToLong(Sample::sinceDue).toArray()),
                percentiles(
                        samples.stream().mapToLong(Sample::sinceAcknowledged).toArray()),
                percentiles(samples.stream().mapToLong(Sample::acknowledged).toArray()));
    }

    private static String percentiles(long[] nanos) {
        Arrays.sort(nanos);
        return nanos.length == 0
                ? "nothing"
                : String.format(
                        Locale.ROOT,
                        "p50 %.1f ms, p99 %.1f ms, most %.1f ms",
                        nanos[nanos.length / 2] / 1e6,
                        nanos[(int) (nanos.length * 0.99)] / 1e6,
                        nanos[nanos.length - 1] / 1e6);
    }
}
