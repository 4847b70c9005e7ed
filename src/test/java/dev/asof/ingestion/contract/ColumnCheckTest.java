package dev.asof.ingestion.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.registry.Expectation;
import dev.asof.shared.TextPattern;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** A batch has a check for each of its expectations, and each keeps texts for itself. */
    @ParameterizedTest
    @ValueSource(ints = {10, 500, 900, 1_500, 2_500})
    void whatIsKeptOfTextsIsBounded(int length) throws Exception {
        var check = new ColumnCheck.Form(TextPattern.compile("[0-9]+x*"));
        for (int i = 0; i < 700; i++) {
            assertThat(check.accepts(i + "x".repeat(length))).isTrue();
            assertThat(check.kept()).hasSizeLessThanOrEqualTo(500).allMatch(text -> text.length() <= 1_000);
            assertThat(check.kept().stream().mapToInt(String::length).sum()).isLessThanOrEqualTo(64_000);
        }
        assertThat(check.kept().isEmpty()).isEqualTo(length > 1_000);
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
