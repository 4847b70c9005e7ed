package dev.asof.ingestion.table;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.ingestion.TableReadOutcome;
import dev.asof.ingestion.TableSourceReads;
import dev.asof.shared.BackgroundLoops;
import dev.asof.support.Eventually;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadWatchTest {

    private final BackgroundLoops loops = new BackgroundLoops(new SimpleMeterRegistry(), _ -> false);
    private final AtomicInteger told = new AtomicInteger();

    @Test
    void aReadIsStillWatchedAfterAnError() {
        var monitor = new TableSourceReads.Monitor() {
            @Override
            public boolean goesOn(long rowsRead) {
                return switch (told.getAndIncrement()) {
                    case 0 -> throw new IllegalStateException("Postgres is away");
                    case 1 -> throw new StackOverflowError("thrown by a test");
                    default -> false;
                };
            }

            @Override
            public boolean commits(TableReadOutcome outcome) {
                return true;
            }
        };
        try (var watch = new ReadWatch(monitor, Duration.ofMinutes(1), () -> false, loops)) {
            Eventually.until(() -> told.get() > 2, told::get);
            Eventually.until(() -> isStopped(watch), told::get);
            assertThatThrownBy(watch::check).isInstanceOf(ReadWatch.Stopped.class);
        }
    }

    private static boolean isStopped(ReadWatch watch) {
        try {
            watch.check();
            return false;
        } catch (ReadWatch.Stopped e) {
            return true;
        }
    }
}
