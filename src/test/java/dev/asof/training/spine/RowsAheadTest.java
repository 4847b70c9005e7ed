package dev.asof.training.spine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RowsAheadTest {

    /** Two batches are ahead of the one that is taken from. */
    @Test
    void largeRowsAreNotMadeFarAhead() throws Exception {
        var made = new AtomicInteger();
        try (var rows = new RowsAhead("rows-ahead-test", () ->
                new Object[] {made.incrementAndGet(), List.of("x".repeat(1 << 20), "y")})) {
            for (int i = 1; i <= 50; i++) {
                var row = rows.next();
                assertThat(row).isNotNull().startsWith(i);
                assertThat(made.get()).isLessThan(i + 40);
            }
        }
    }

    @Test
    void allRowsComeInOrder() throws Exception {
        var made = new AtomicInteger();
        try (var rows = new RowsAhead(
                "rows-ahead-test", () -> made.get() == 5_000 ? null : new Object[] {made.incrementAndGet()})) {
            for (int i = 1; i <= 5_000; i++) {
                assertThat(rows.next()).containsExactly(i);
            }
            assertThat(rows.next()).isNull();
            assertThat(rows.next()).isNull();
        }
    }
}
