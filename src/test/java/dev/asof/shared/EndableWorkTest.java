package dev.asof.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EndableWorkTest {

    private final EndableWork work = EndableWork.begin();

    @AfterEach
    void close() {
        work.close();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void nothingIsInterruptedOutsideOfParts() {
        work.end();

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(EndableWork.<Integer, RuntimeException, RuntimeException>whileWanted(() -> 1))
                .isEqualTo(1);
    }

    @Test
    void aPartThatNoticesIsCancelledAndItsThreadGoesOn() {
        assertThatThrownBy(() -> EndableWork.whileWanted(() -> {
                    work.end();
                    EndableWork.whileWanted(() -> 1);
                    HeavyWork.goOn();
                    return 2;
                }))
                .isInstanceOf(EndableWork.EndedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    /** What was interrupted says so in many ways: a file that was closed, a statement that was cancelled. */
    @Test
    void whateverAnEndedPartThrowsItWasCancelled() {
        assertThatThrownBy(() -> EndableWork.whileWanted(() -> {
                    work.end();
                    throw new IllegalStateException("closed");
                }))
                .isInstanceOf(EndableWork.EndedException.class)
                .hasRootCauseMessage("closed");
    }

    /** As of a permit or a file: whoever asked for it gives it back. */
    @Test
    void whatAPartMadeAllTheSameIsReturnedAndNoOtherBegins() {
        int made = EndableWork.<Integer, RuntimeException, RuntimeException>whileWanted(() -> {
            work.end();
            return 1;
        });

        assertThat(made).isEqualTo(1);
        assertThatThrownBy(() -> EndableWork.whileWanted(() -> 2)).isInstanceOf(EndableWork.EndedException.class);
    }

    @Test
    void queriesAreCancelledUntilTheyAreClosed() {
        var cancelled = new AtomicInteger();
        EndableWork.<Integer, RuntimeException, RuntimeException>whileWanted(() -> {
            try (var _ = EndableWork.over(cancelled::incrementAndGet)) {
                work.end();
                work.end();
            }
            work.end();
            return 0;
        });
        assertThat(cancelled).hasValue(2);
    }
}
