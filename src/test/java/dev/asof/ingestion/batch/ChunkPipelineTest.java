package dev.asof.ingestion.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ChunkPipelineTest {

    @AfterEach
    void noThreadIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("compute-test"));
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void chunksAreStoredInOrder() {
        var stored = new ArrayList<Integer>();
        var next = new AtomicInteger();
        ChunkPipeline.run("test", () -> {
            int number = next.getAndIncrement();
            return number == 100 ? null : () -> stored.add(number);
        });
        assertThat(stored).hasSize(100).isSorted();
    }

    @Test
    void aConsumerThatFailsEndsAProducerThatIsBlocked() {
        var produced = new AtomicInteger();
        assertThatThrownBy(() -> ChunkPipeline.run("test", () -> () -> {
                    produced.incrementAndGet();
                    throw new IllegalArgumentException("refused");
                }))
                .hasMessage("refused");
        assertThat(produced).hasValue(1);
    }

    @Test
    void aProducersFailureIsThrownAfterWhatItGaveBefore() {
        var stored = new ArrayList<Integer>();
        var next = new AtomicInteger();
        assertThatThrownBy(() -> ChunkPipeline.run("test", () -> {
                    int number = next.getAndIncrement();
                    if (number == 10) {
                        throw new IllegalArgumentException("bad row");
                    }
                    return () -> stored.add(number);
                }))
                .hasMessage("bad row");
        assertThat(stored).hasSize(10);
    }

    @Test
    void anErrorOfTheProducerIsAFailureToo() {
        assertThatThrownBy(() -> ChunkPipeline.run("test", () -> {
                    throw new StackOverflowError("deep");
                }))
                .hasRootCauseMessage("deep");
    }

    @Test
    void anInterruptedCallerStopsTheProducerAndStaysInterrupted() throws InterruptedException {
        var interrupted = new ArrayList<Boolean>();
        var caller = Thread.ofPlatform().start(() -> {
            try {
                ChunkPipeline.run("test", () -> {
                    try {
                        Thread.sleep(Duration.ofMinutes(1));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return null;
                });
            } catch (IllegalStateException e) {
                interrupted.add(Thread.currentThread().isInterrupted());
            }
        });
        caller.interrupt();
        caller.join(Duration.ofSeconds(10));
        assertThat(interrupted).isEqualTo(List.of(true));
    }
}
