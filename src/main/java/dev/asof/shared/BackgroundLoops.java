package dev.asof.shared;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Makes the server's {@link BackgroundLoop}s and tells of them in two meters, each with the loop's name: {@code
 * asof.loop.failures} and {@code asof.loop.age}, the time since the last good turn of the loop of that name which has
 * waited longest for one; 0 when none runs. Names are few and chosen by the code. Not final, so that tests can have turns
 * fail.
 */
public class BackgroundLoops {

    private final MeterRegistry meters;
    private final Predicate<Throwable> isStoreAway;
    private final Map<String, Set<BackgroundLoop>> running = new ConcurrentHashMap<>();

    /** @param isStoreAway what is to be expected of a store now and then, and is told without a stack trace */
    public BackgroundLoops(MeterRegistry meters, Predicate<Throwable> isStoreAway) {
        this.meters = meters;
        this.isStoreAway = isStoreAway;
    }

    /** A loop that rests for the interval after each turn, unless it is woken. It does nothing before it is started. */
    public BackgroundLoop every(Duration interval, String name, BackgroundLoop.Turn turn) {
        return every(interval, Duration.ZERO, name, turn);
    }

    /**
     * As {@link #every(Duration, String, BackgroundLoop.Turn)}.
     *
     * @param leastPause after each turn, woken or not
     */
    public BackgroundLoop every(Duration interval, Duration leastPause, String name, BackgroundLoop.Turn turn) {
        return new BackgroundLoop(name, interval, leastPause, turn, this);
    }

    /** Counts a turn that failed, also one of work that goes on in other ways than by a {@link BackgroundLoop}. */
    public void countFailure(String name) {
        failures(name).increment();
    }

    private Counter failures(String name) {
        return Counter.builder("asof.loop.failures")
                .description("Turns of background work that ended with an exception; the next one comes all the same")
                .tag("loop", name)
                .register(meters);
    }

    boolean isStoreAway(Throwable failure) {
        return isStoreAway.test(failure);
    }

    void started(BackgroundLoop loop) {
        running.computeIfAbsent(loop.name(), this::newKind).add(loop);
    }

    void stopped(BackgroundLoop loop) {
        running.getOrDefault(loop.name(), Set.of()).remove(loop);
    }

    private Set<BackgroundLoop> newKind(String name) {
        Set<BackgroundLoop> kind = ConcurrentHashMap.newKeySet();
        // there from the start, so that its increase can be told
        failures(name);
        TimeGauge.builder("asof.loop.age", kind, TimeUnit.NANOSECONDS, BackgroundLoops::age)
                .description("Since background work last had a good turn; 0 when it isn't under way")
                .tag("loop", name)
                .register(meters);
        return kind;
    }

    private static double age(Set<BackgroundLoop> kind) {
        return kind.stream().mapToLong(BackgroundLoop::ageNanos).max().orElse(0);
    }
}
