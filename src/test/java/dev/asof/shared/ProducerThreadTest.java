package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asof.support.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProducerThreadTest {

    @AfterEach
    void noThreadIsLeft() {
        Eventually.until(
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("test-producer")),
                () -> "a thread is left");
    }

    private static <X extends Exception> ProducerThread<Integer, X, X> producer(
            ProducerThread.Maker<Integer, X, X> maker) {
        return new ProducerThread<>("test-producer", maker);
    }

    @Test
    void everythingComesInOrderAndThenNull() {
        var next = new AtomicInteger();
        try (var producer =
                ProducerThreadTest.<RuntimeException>producer(() -> next.get() < 100 ? next.getAndIncrement() : null)) {
            var taken = new ArrayList<Integer>();
            for (var made = producer.take(); made != null; made = producer.take()) {
                taken.add(made);
            }
            assertThat(taken).hasSize(100).isSorted();
            assertThat(producer.take()).isNull();
        }
    }

    @Test
    void aCheckedExceptionComesAsItIs() {
        try (var producer = ProducerThreadTest.<IOException>producer(() -> {
            throw new IOException("no disk");
        })) {
            assertThatThrownBy(producer::take).isInstanceOf(IOException.class).hasMessage("no disk");
            assertThatThrownBy(producer::take).isInstanceOf(IOException.class).hasMessage("no disk");
        }
    }

    @Test
    void anErrorIsToldToWhoeverWaits() {
        for (Error error :
                List.of(new OutOfMemoryError("heap"), new StackOverflowError("deep"), new AssertionError("x"))) {
            try (var producer = ProducerThreadTest.<RuntimeException>producer(() -> {
                throw error;
            })) {
                assertThatThrownBy(producer::take)
                        .isInstanceOf(IllegalStateException.class)
                        .hasCause(error);
            }
        }
    }

    @Test
    void aThreadThatDiedWithoutAWordKeepsNobodyWaiting() {
        try (var producer = new ProducerThread<Integer, RuntimeException, RuntimeException>("test-producer", () -> {
            // As if there were not even memory to tell of a failure: the thread is interrupted while it hands over.
            Thread.currentThread().interrupt();
            return 1;
        })) {
            assertThatThrownBy(producer::take).hasMessageContaining("ended without a word");
        }
    }

    @Test
    void aCloseWaitsUntilTheMakerIsIdleThoughTheCloserIsInterrupted() {
        var idle = new AtomicBoolean();
        var began = new CountDownLatch(1);
        var producer = ProducerThreadTest.<RuntimeException>producer(() -> {
            began.countDown();
            long end = System.nanoTime() + Duration.ofMillis(300).toNanos();
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            idle.set(true);
            return null;
        });
        await(began);
        Thread.currentThread().interrupt();

        producer.close();

        assertThat(idle).isTrue();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aMakerThatCantBeCancelledAtFirstIsCancelledAgain() {
        var began = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        var cancels = new AtomicInteger();
        var producer = ProducerThreadTest.<IOException>producer(new ProducerThread.Maker<>() {
            @Override
            public @Nullable Integer next() {
                began.countDown();
                while (end.getCount() > 0) {
                    Thread.onSpinWait();
                }
                return null;
            }

            @Override
            public void cancel() throws IOException {
                switch (cancels.getAndIncrement()) {
                    case 0 -> throw new IOException("broken");
                    case 1 -> throw new IllegalStateException("broken too");
                    default -> end.countDown();
                }
            }
        });
        await(began);

        producer.close();

        assertThat(cancels).hasValueGreaterThanOrEqualTo(3);
    }

    @Test
    void whatNobodyTakesIsDiscarded() {
        var made = new AtomicInteger();
        var discarded = new AtomicInteger();
        var producer = ProducerThreadTest.<RuntimeException>producer(new ProducerThread.Maker<>() {
            @Override
            public Integer next() {
                return made.incrementAndGet();
            }

            @Override
            public void discard(Integer unwanted) {
                discarded.incrementAndGet();
            }
        });
        producer.take();

        producer.close();

        assertThat(discarded.get()).isEqualTo(made.get() - 1);
    }

    @Test
    void whoeverWaitsCanBeInterrupted() {
        try (var producer = ProducerThreadTest.<RuntimeException>producer(() -> {
            try {
                Thread.sleep(Duration.ofHours(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return null;
        })) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(producer::take).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
