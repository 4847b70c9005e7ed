package dev.asof.training.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.BackgroundLoops;
import dev.asof.support.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BuildWatchTest {

    private final BackgroundLoops loops = new BackgroundLoops(new SimpleMeterRegistry(), _ -> false);
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();

    @Test
    void aBuildIsStillWatchedAfterAnError() {
        var watch = new BuildWatch(loops, () -> {
            switch (asked.getAndIncrement()) {
                case 0 -> throw new IllegalStateException("Postgres is away");
                case 1 -> throw new StackOverflowError("thrown by a test");
                default -> {
                    return false;
                }
            }
        });

        try (var _ = watch.over(cancelled::incrementAndGet)) {
            Eventually.until(() -> cancelled.get() > 0, asked::get);
        }
        assertThat(asked.get()).isGreaterThan(2);
    }
}
