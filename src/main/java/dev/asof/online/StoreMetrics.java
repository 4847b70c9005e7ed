package dev.asof.online;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** Times the round trips to a store that lookups and writers wait for; each is a span where its request is traced. */
@Component
final class StoreMetrics {

    /** What is asked of which store. */
    enum RoundTrip {
        REDIS_READ("redis", "read"),
        REDIS_WRITE("redis", "write");

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

    private final Map<RoundTrip, Timer> successes = new EnumMap<>(RoundTrip.class);
    private final Map<RoundTrip, Timer> errors = new EnumMap<>(RoundTrip.class);
    private final Tracer tracer;

    StoreMetrics(MeterRegistry registry, Tracer tracer) {
        this.tracer = tracer;
        for (RoundTrip roundTrip : RoundTrip.values()) {
            successes.put(roundTrip, timer(registry, roundTrip, Outcome.SUCCESS));
            errors.put(roundTrip, timer(registry, roundTrip, Outcome.ERROR));
        }
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

    void time(RoundTrip roundTrip, Runnable work) {
        time(roundTrip, () -> {
            work.run();
            return roundTrip;
        });
    }

    <T> T time(RoundTrip roundTrip, Supplier<T> work) {
        Span span = span(roundTrip);
        Map<RoundTrip, Timer> outcome = errors;
        long start = System.nanoTime();
        try {
            T result = work.get();
            outcome = successes;
            return result;
        } catch (RuntimeException e) {
            span.error(e);
            throw e;
        } finally {
            outcome.get(roundTrip).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
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
