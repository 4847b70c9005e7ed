package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.ApiClient.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Clients that send {@link Readings} while servers die, and remember what each batch was answered: single rows and
 * large batches, overlapping and out of order, deletions and rows ahead of the clock among them. Those with an
 * {@code Idempotency-Key} repeat themselves until they are answered, the others never do.
 */
public final class IngestionCrowd {

    private static final Instant PAST = Instant.parse("2026-01-01T00:00:00Z");
    private static final int METERS = 200;
    private static final int SECONDS = 5_000;
    private static final int LARGE_BATCH = 2_000;
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** What a batch's sender knows of it. */
    private enum Fate {
        ACKNOWLEDGED,
        UNKNOWN
    }

    private record Sent(int rows, Fate fate) {}

    /** How the batches of a crowd went. */
    public record Tally(long acknowledged, long acknowledgedRows, long unknown, long repeated) {

        public Tally plus(Tally other) {
            return new Tally(
                    acknowledged + other.acknowledged,
                    acknowledgedRows + other.acknowledgedRows,
                    unknown + other.unknown,
                    repeated + other.repeated);
        }
    }

    private final String source;
    private final List<ApiClient> servers;
    private final JdbcClient jdbc;
    private final String name;
    private final long newestBatchBefore;
    private final Map<String, Sent> sent = new ConcurrentHashMap<>();
    private final AtomicLong repeated = new AtomicLong();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> clients = new ArrayList<>();
    private volatile boolean stopping;

    /** The columns that a crowd's source has beyond those of {@link Readings}. */
    public static String[] columns() {
        return new String[] {"{name: batch, type: STRING}", "{name: number, type: INT32}"};
    }

    /**
     * Starts the clients.
     *
     * @param name part of every batch's name, so different for each crowd of a source
     * @param servers to which clients send in turn
     */
    public IngestionCrowd(
            String name, Readings readings, DataSource dataSource, List<ApiClient> servers, int clients, long seed) {
        this.name = name;
        this.source = readings.source();
        this.servers = List.copyOf(servers);
        this.jdbc = JdbcClient.create(dataSource);
        this.newestBatchBefore = jdbc.sql("select coalesce(max(id), 0) from asof.batch where source = :source")
                .param("source", source)
                .query(Long.class)
                .single();
        for (int client = 0; client < clients; client++) {
            int number = client;
            this.clients.add(executor.submit((Callable<Void>) () -> {
                send(number, new Random(seed * 31 + number));
                return null;
            }));
        }
    }

    private void send(int client, Random random) throws InterruptedException {
        for (int i = 0; !stopping; i++) {
            String batch = "%s-%s-%s".formatted(name, client, i);
            boolean large = random.nextInt(8) == 0;
            int rows = large ? 1 + random.nextInt(LARGE_BATCH) : 1;
            String body = rows(batch, rows, large, random);
            ApiClient server = servers.get((client + i) % servers.size());
            sent.put(batch, new Sent(rows, Fate.UNKNOWN));
            boolean acknowledged = random.nextBoolean()
                    ? repeat(batch, body, large, client + i)
                    : isAcknowledged(post(server, body, large, Map.of()), batch);
            if (acknowledged) {
                sent.put(batch, new Sent(rows, Fate.ACKNOWLEDGED));
            } else {
                Thread.sleep(PAUSE);
            }
        }
    }

    /** Sends until it is answered, whichever server does. */
    private boolean repeat(String batch, String body, boolean large, int first) throws InterruptedException {
        long end = System.nanoTime() + ANSWER_LIMIT.toNanos();
        for (int i = first; System.nanoTime() < end; i++) {
            ApiClient server = servers.get(i % servers.size());
            if (isAcknowledged(post(server, body, large, Map.of("Idempotency-Key", batch)), batch)) {
                return true;
            }
            repeated.incrementAndGet();
            Thread.sleep(PAUSE);
        }
        throw new AssertionError("Batch %s was not answered within %s".formatted(batch, ANSWER_LIMIT));
    }

    private Answer post(ApiClient server, String body, boolean large, Map<String, String> headers) {
        try {
            return server.post(
                    "/sources/" + source + "/rows",
                    large ? "application/x-ndjson" : "application/json",
                    body.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    headers);
        } catch (UncheckedIOException e) {
            return new Answer(0, String.valueOf(e.getMessage()));
        }
    }

    /** Only what a dying or busy server or store explains may keep a batch from being acknowledged. */
    private static boolean isAcknowledged(Answer answer, String batch) {
        return switch (answer.status()) {
            case 200 -> true;
            case 0, 409, 429, 503 -> false;
            default ->
                throw new AssertionError(
                        "Batch %s was answered %s: %s".formatted(batch, answer.status(), answer.body()));
        };
    }

    private static String rows(String batch, int rows, boolean large, Random random) {
        var lines = new ArrayList<String>(rows);
        for (int i = 0; i < rows; i++) {
            Instant at = random.nextInt(100) == 0
                    ? Instant.now().plusMillis(random.nextInt(3_000))
                    : PAST.plusSeconds(random.nextInt(SECONDS));
            lines.add("""
                {"meter":"m%s","at":"%s","amount":%s,"gone":%b,"batch":"%s","number":%s}\
                """.formatted(
                            random.nextInt(METERS),
                            at.truncatedTo(java.time.temporal.ChronoUnit.MICROS),
                            random.nextInt(1_000_000),
                            random.nextInt(12) == 0,
                            batch,
                            i));
        }
        return large ? String.join("\n", lines) : "{\"rows\":[%s]}".formatted(lines.getFirst());
    }

    /** How many batches were acknowledged so far. */
    public long acknowledged() {
        return sent.values().stream()
                .filter(each -> each.fate() == Fate.ACKNOWLEDGED)
                .count();
    }

    /** Has the clients end what they have begun, for which a server must run. */
    public void stop() {
        stopping = true;
        for (var client : clients) {
            try {
                client.get(ANSWER_LIMIT.toSeconds() + 60, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("A client failed: " + e.getMessage(), e);
            }
        }
        executor.close();
    }

    /**
     * Checks what became of the batches: acknowledged ones are in the log exactly once, row by row; the others whole or
     * not at all.
     */
    public Tally check() {
        Map<String, List<Long>> stored = stored();
        var wrong = new LinkedHashMap<String, String>();
        sent.forEach((batch, each) -> {
            List<Long> found = stored.getOrDefault(batch, List.of(0L, 0L));
            boolean whole = found.equals(List.of((long) each.rows(), (long) each.rows()));
            boolean absent = found.getFirst() == 0;
            if (!whole && !(absent && each.fate() == Fate.UNKNOWN)) {
                wrong.put(batch, "%s, but of its %s rows there are %s".formatted(each.fate(), each.rows(), found));
            }
        });
        assertThat(wrong)
                .as("batches that are not in the log as their senders know")
                .isEmpty();
        assertThat(sent).containsKeys(stored.keySet().toArray(String[]::new));
        Map<Fate, List<Sent>> byFate = sent.values().stream().collect(Collectors.groupingBy(Sent::fate));
        var acknowledged = byFate.getOrDefault(Fate.ACKNOWLEDGED, List.of());
        return new Tally(
                acknowledged.size(),
                acknowledged.stream().mapToLong(Sent::rows).sum(),
                byFate.getOrDefault(Fate.UNKNOWN, List.of()).size(),
                repeated.get());
    }

    /** Rows and different row numbers, by batch. */
    private Map<String, List<Long>> stored() {
        var stored = new HashMap<String, List<Long>>();
        jdbc.sql("""
            select batch, count(*) as rows, count(distinct number) as numbers
            from offline.%s__log where batch_id > :before group by batch
            """.formatted(source)).param("before", newestBatchBefore).query(row -> {
            stored.put(row.getString("batch"), List.of(row.getLong("rows"), row.getLong("numbers")));
        });
        return stored;
    }
}
