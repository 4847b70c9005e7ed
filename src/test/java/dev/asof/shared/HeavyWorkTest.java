package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.support.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HeavyWorkTest {

    private static final int AT_ONCE = 2;

    private final HeavyWork heavy = new HeavyWork(
            AT_ONCE,
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            new BackgroundLoops(new SimpleMeterRegistry(), _ -> false));

    @AfterEach
    void close() {
        heavy.close();
    }

    private static int forEver() {
        while (true) {
            HeavyWork.goOn();
        }
    }

    @Test
    void whatTakesTooLongIsStoppedAndItsThreadGoesOn() {
        assertThatThrownBy(() -> heavy.run("Counting", HeavyWorkTest::forEver))
                .isInstanceOfSatisfying(AsofException.class, failure -> {
                    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID);
                    assertThat(failure)
                            .hasMessage("Counting took longer than 1s and was stopped: send less of it at once");
                });
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(heavy.run("Counting", () -> 1)).isEqualTo(1);
    }

    @Test
    void whatIsDoneInTimeComesAsItIs() {
        assertThat(heavy.<Integer>run("Counting", () -> 7)).isEqualTo(7);
        assertThatThrownBy(() -> heavy.run("Counting", () -> {
                    throw new IllegalArgumentException("wrong");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("wrong");
    }

    @Test
    void aThreadThatWasInterruptedBeforeStaysSo() {
        Thread.currentThread().interrupt();
        assertThat(heavy.<Integer>limited("Counting", () -> 7)).isEqualTo(7);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aTurnThatDoesNotComeSoonIsRefusedAndTheNextComes() throws Exception {
        var end = new CountDownLatch(1);
        var underWay = new AtomicInteger();
        try (var others = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < AT_ONCE; i++) {
                others.submit(() -> heavy.run("Waiting", () -> {
                    underWay.incrementAndGet();
                    try {
                        return end.await(400, java.util.concurrent.TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            Eventually.until(() -> underWay.get() == AT_ONCE, underWay::get);

            assertThatThrownBy(() -> heavy.run("Counting", () -> 1))
                    .isInstanceOfSatisfying(
                            AsofException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS));
            assertThat(heavy.<Integer>limited("Counting", () -> 1))
                    .as("whoever holds locks does not wait")
                    .isEqualTo(1);
            end.countDown();
        }
        assertThat(heavy.<Integer>run("Counting", () -> 1)).isEqualTo(1);
    }
}
