package dev.asof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.BackgroundLoops;
import dev.asof.support.AsofServerTest;
import dev.asof.support.Eventually;
import dev.asof.support.FailingLoops;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Every loop of a running server goes on after an error, which is counted. */
@AsofServerTest
class BackgroundLoopsTest {

    private final FailingLoops loops;
    private final MeterRegistry meters;

    BackgroundLoopsTest(@Autowired BackgroundLoops loops, @Autowired MeterRegistry meters) {
        this.loops = (FailingLoops) loops;
        this.meters = meters;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "registry-poll",
                "client-watch",
                "heavy-work-limit",
                "settled-batches",
                "table-schedules",
                "redis-monitor",
                "online-watch",
                "settled-work",
                "work-survey",
                "postgres-probe",
                "history-copy",
                "reader-watchdog"
            })
    void aLoopGoesOnAfterAnError(String name) {
        assertThat(loops.running()).contains(name);

        loops.fail(name, new StackOverflowError("thrown by a test"));
        loops.fail(name, new NoClassDefFoundError("thrown by a test"));

        var failures = meters.get("asof.loop.failures").tag("loop", name).counter();
        Eventually.until(() -> failures.count() >= 2, failures::count);
        loops.wake(name);
        Eventually.until(
                () -> meters.get("asof.loop.age").tag("loop", name).timeGauge().value() < 1, () -> "no good turn");
    }

    /** It ends by itself, but not before it has done its work. */
    @Test
    void catchingUpAtTheStartGoesOnAfterAnError() {
        String name = "online-catch-up-at-start";
        Eventually.until(() -> !loops.running().contains(name), () -> "it goes on after it has caught up");

        loops.start(name, new StackOverflowError("thrown by a test"));
        var failures = meters.get("asof.loop.failures").tag("loop", name).counter();
        Eventually.until(() -> failures.count() >= 1, failures::count);
        assertThat(loops.running()).as("it has not caught up yet").contains(name);
        loops.fail(name, new NoClassDefFoundError("thrown by a test"));

        Eventually.until(() -> failures.count() >= 2, failures::count);
        loops.wake(name);
        Eventually.until(() -> !loops.running().contains(name), () -> "it has not caught up");
    }
}
