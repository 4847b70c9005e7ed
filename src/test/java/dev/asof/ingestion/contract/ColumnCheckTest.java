package dev.asof.ingestion.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.Expectation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ColumnCheckTest {

    /** As a small Parquet file has them: a pattern of some length takes ten microseconds a text. */
    @Test
    void textsThatRepeatAreMatchedOnce() throws Exception {
        var check = ColumnCheck.of(new Expectation.Matches("v", "[0-9]*x*(y|z)?"));
        String[] texts = new String[100];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = i + "x".repeat(500) + (i % 2 == 0 ? "y" : "w");
        }
        long start = System.nanoTime();
        int accepted = 0;
        for (int i = 0; i < 1_000_000; i++) {
            accepted += check.accepts(texts[i % texts.length]) ? 1 : 0;
        }
        assertThat(accepted).isEqualTo(500_000);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void everyTextIsJudgedByItself() throws Exception {
        var check = ColumnCheck.of(new Expectation.Matches("v", "[0-9]+"));
        for (int i = 0; i < 2_000; i++) {
            assertThat(check.accepts(Integer.toString(i))).isTrue();
            assertThat(check.accepts("x" + i)).isFalse();
            assertThat(check.accepts(Integer.toString(i / 2))).isTrue();
        }
        assertThat(check.accepts("7".repeat(3_000))).isTrue();
        assertThat(check.accepts(7)).isFalse();
    }
}
