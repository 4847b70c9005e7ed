package dev.asof.online;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** Times the round trips to a store that lookups and writers wait for; each is a span where its request is traced. */
@Component
public final class StoreMetrics {

    /** What is asked of which store. */
    public enum RoundTrip {
        REDIS_READ("redis", "read"),
        REDIS_WRITE("redis", "write"),
        POSTGRES_READ("postgres", "read");

        private final String store;
        private final String operation;

        RoundTrip(String store, String operation) {
            this.store = store;
            this.operation = operation;
        }
    }

    private enum Outcome {
        SUCCESS,
        ERROR
    }

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(300),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10)
    };

    /** By the ordinal of the round trip. */
    private final List<Timer> successes;

    private final List<Timer> errors;
    private final Tracer tracer;

    public StoreMetrics(MeterRegistry registry, Tracer tracer) {
        this.tracer = tracer;
        this.successes = timers(registry, Outcome.SUCCESS);
        this.errors = timers(registry, Outcome.ERROR);
    }

    private static List<Timer> timers(MeterRegistry registry, Outcome outcome) {
        return Arrays.stream(RoundTrip.values())
                .map(roundTrip -> timer(registry, roundTrip, outcome))
                .toList();
    }

    private static Timer timer(MeterRegistry registry, RoundTrip roundTrip, Outcome outcome) {
        return Timer.builder("asof.store.duration")
                .description("Round trips to a store that a lookup or a writer waited for")
                .tag("store", roundTrip.store)
                .tag("operation", roundTrip.operation)
                .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    public <T> T time(RoundTrip roundTrip, Supplier<T> work) {
        return time(roundTrip, work, _ -> true);
    }

    /** @param succeeded tells a failure that is a result from a success */
    public <T> T time(RoundTrip roundTrip, Supplier<T> work, Predicate<T> succeeded) {
        Span span = span(roundTrip);
        List<Timer> outcome = errors;
        long start = System.nanoTime();
        try {
            T result = work.get();
            outcome = succeeded.test(result) ? successes : errors;
            return result;
        } catch (RuntimeException e) {
            span.error(e);
            throw e;
        } finally {
            outcome.get(roundTrip.ordinal()).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            span.end();
        }
    }

    /** One that costs nothing unless the request was chosen to be traced. */
    private Span span(RoundTrip roundTrip) {
        Span current = tracer.currentSpan();
        return current != null && Boolean.TRUE.equals(current.context().sampled())
                ? tracer.spanBuilder()
                        .setParent(current.context())
                        .name(roundTrip.store + " " + roundTrip.operation)
                        .kind(Span.Kind.CLIENT)
                        .start()
                : Span.NOOP;
    }
}
