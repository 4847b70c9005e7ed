package dev.asof.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import tools.jackson.databind.JsonNode;

/**
 * Writers and lookups that go on whatever becomes of the stores, as a server's clients do: some hundred requests a
 * second, on a source of their own. Every lookup that is answered has to show what was acknowledged before it was sent.
 * Refusals with a {@code Retry-After} are counted; anything else that goes wrong fails {@link #close}.
 */
public final class SteadyLoad implements AutoCloseable {

    private static final Instant PAST = Instant.parse("2025-06-01T00:00:00Z");
    private static final int WRITERS = 4;
    private static final int READERS = 3;
    private static final Duration PAUSE = Duration.ofMillis(15);
    private static final int ENOUGH = 25;

    private final Readings readings;
    private final ApiClient api;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> clients = new ArrayList<>();
    private final AtomicLongArray acknowledged = new AtomicLongArray(WRITERS);
    private final AtomicLong applied = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong whole = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean stopping;
    private volatile boolean mayLag;

    /** @param name of definitions that it makes, once for all loads of a server */
    public SteadyLoad(ApiClient api, DataSource dataSource, String name) {
        this.api = api;
        this.readings = new Readings(api, dataSource, name).defineSource();
        readings.defineView("{name: amount, column: amount}").expect(200);
        for (int writer = 0; writer < WRITERS; writer++) {
            int number = writer;
            start(() -> write(number));
        }
        for (int reader = 0; reader < READERS; reader++) {
            start(this::lookUp);
        }
    }

    private void start(Runnable request) {
        clients.add(threads.submit((Callable<Void>) () -> {
            while (!stopping) {
                request.run();
                Thread.sleep(PAUSE);
            }
            return null;
        }));
    }

    /** The amounts of a writer's meter go up, whatever a load before this one wrote. */
    private void write(int writer) {
        long amount = System.nanoTime() / 1_000;
        var row = Readings.reading("s" + writer, PAST.plus(Duration.ofNanos(amount * 1_000)), amount);
        var answer = readings.send(List.of(row));
        if (isRefused(answer)) {
            return;
        }
        acknowledged.set(writer, amount);
        String online = answer.expect(200).json().get("online").asString();
        assertThat(online).isIn("applied", "pending");
        if (online.equals("applied")) {
            applied.incrementAndGet();
        }
    }

    private void lookUp() {
        long[] least = IntStream.range(0, WRITERS).mapToLong(acknowledged::get).toArray();
        var entities = IntStream.range(0, WRITERS)
                .mapToObj(i -> Map.of("meter", "s" + i))
                .toList();
        var answer = api.postJson(
                "/online-features", Map.of("features", List.of(readings.view() + ":amount"), "entities", entities));
        if (isRefused(answer)) {
            return;
        }
        JsonNode found = answer.expect(200).json();
        for (int i = 0; i < WRITERS && !mayLag; i++) {
            assertThat(found.get("rows").get(i).get("values").get(0).asLong())
                    .as("acknowledged by writer %s, degraded: %s", i, found.get("degraded"))
                    .isGreaterThanOrEqualTo(least[i]);
        }
        answered.incrementAndGet();
        if (!found.get("degraded").asBoolean()) {
            whole.incrementAndGet();
        }
    }

    private boolean isRefused(ApiClient.Answer answer) {
        if (answer.status() != 503 && answer.status() != 429) {
            return false;
        }
        assertThat(answer.retryAfter()).isPositive();
        refused.incrementAndGet();
        return true;
    }

    /** Waits until, from now on, batches are online when they are answered and lookups come from the online store. */
    public SteadyLoad awaitWhole() {
        long appliedBefore = applied.get();
        long wholeBefore = whole.get();
        Eventually.until(
                () -> isOver() || applied.get() > appliedBefore + ENOUGH && whole.get() > wholeBefore + ENOUGH,
                () -> "under load: %s batches applied, %s lookups whole, %s requests refused"
                        .formatted(applied.get() - appliedBefore, whole.get() - wholeBefore, refused.get()));
        return this;
    }

    /** Says that lookups may miss from now on what was acknowledged: the store is full, or is not yet known to be demoted. */
    public void mayLag() {
        mayLag = true;
    }

    private boolean isOver() {
        return clients.stream().anyMatch(Future::isDone);
    }

    /** How many lookups were answered, from whichever store. */
    public long answered() {
        return answered.get();
    }

    /** How many requests were refused. */
    public long refused() {
        return refused.get();
    }

    /** Ends the load; fails if an answer was wrong. */
    @Override
    public void close() {
        stopping = true;
        try {
            for (var client : clients) {
                client.get(1, TimeUnit.MINUTES);
            }
        } catch (Exception e) {
            throw new AssertionError("A client of the steady load failed", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
