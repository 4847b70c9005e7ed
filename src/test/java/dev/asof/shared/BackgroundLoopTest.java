package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.support.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class BackgroundLoopTest {

    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofHours(1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BackgroundLoops loops = new BackgroundLoops(meters, IllegalStateException.class::isInstance);
    private final AtomicInteger turns = new AtomicInteger();
    private BackgroundLoop loop = loops.every(LONG, "none", () -> {});

    @AfterEach
    void noThreadIsLeft() {
        loop.stop();
        Eventually.until(
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("test-loop")),
                () -> "a thread is left");
    }

    private BackgroundLoop started(Duration interval, BackgroundLoop.Turn turn) {
        loop = loops.every(interval, "test-loop", turn);
        loop.start();
        return loop;
    }

    private double failures() {
        var counter = meters.find("asof.loop.failures").tag("loop", "test-loop").counter();
        return counter == null ? 0 : counter.count();
    }

    private double age() {
        return meters.get("asof.loop.age").tag("loop", "test-loop").gauge().value();
    }

    static Supplier<Throwable>[] whateverIsThrown() {
        return new Supplier[] {
            () -> new IllegalStateException("a store is away"),
            NullPointerException::new,
            () -> new Exception("checked"),
            () -> new InterruptedException("not stopped at all"),
            StackOverflowError::new,
            OutOfMemoryError::new,
            () -> new AssertionError("an error"),
            () -> new NoClassDefFoundError("dev/asof/Gone"),
            () -> new Throwable("of no known kind") {
                @Override
                public String toString() {
                    throw new OutOfMemoryError("no memory to tell it");
                }
            }
        };
    }

    @ParameterizedTest
    @MethodSource
    void whateverIsThrown(Supplier<Throwable> thrown) {
        started(SHORT, () -> {
            if (turns.incrementAndGet() <= 3) {
                BackgroundLoopTest.<RuntimeException>sneak(thrown.get());
            }
        });

        Eventually.until(() -> turns.get() >= 10, turns::get);
        assertThat(failures()).isEqualTo(3);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void theAgeOfTheLastGoodTurnGrowsWhileTurnsFail() {
        started(SHORT, () -> {
            if (turns.incrementAndGet() < 300) {
                throw new AssertionError("not yet");
            }
        });

        Eventually.until(() -> age() > 0.1, this::age);
        assertThat(turns.get()).isLessThan(300);
        Eventually.until(() -> turns.get() > 310 && age() < 0.1, this::age);
        loop.stop();
        assertThat(age()).isZero();
    }

    @Test
    void aLoopThatIsWokenDoesNotWaitForItsInterval() {
        started(LONG, turns::incrementAndGet);
        Eventually.until(() -> turns.get() == 1, turns::get);

        loop.wake();

        Eventually.until(() -> turns.get() == 2, turns::get);
    }

    @Test
    void aStopInterruptsTheTurnAndWaitsForItsEnd() throws InterruptedException {
        var began = new CountDownLatch(1);
        started(SHORT, () -> {
            began.countDown();
            try {
                Thread.sleep(LONG);
            } finally {
                turns.incrementAndGet();
            }
        });
        began.await();

        loop.stop();

        assertThat(turns).hasValue(1);
        assertThat(loop.isRunning()).isFalse();
        assertThat(failures()).isZero();
    }

    @Test
    void aTurnMayStopItsLoop() {
        started(SHORT, () -> {
            turns.incrementAndGet();
            loop.stop();
        });

        Eventually.until(() -> !loop.isRunning(), turns::get);
        assertThat(turns).hasValue(1);
    }

    @Test
    void aLoopThatWasStoppedBeginsAgain() {
        started(LONG, turns::incrementAndGet);
        Eventually.until(() -> turns.get() == 1, turns::get);
        loop.stop();

        loop.start();

        Eventually.until(() -> turns.get() == 2, turns::get);
    }
}
