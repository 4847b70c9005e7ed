package dev.asof.shared;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.reflect.Method;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pattern may cost, before and after it is compiled. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TextPatternTest {

    static Stream<String> hostile() {
        return Stream.of(
                "(((a{0,100}){0,100}){0,100}){0,100}",
                "((((a{1000}){1000})+){1000})",
                "(?:(?:(?:x{2}){500}){500}|y)",
                "((a|b|[c-e]){1000}){1000}",
                "(\\x{61}{1000}){1000}",
                "(\\p{Greek}{1000}){1000}",
                "(\\Qa\\E{1000}){1000}",
                "([\\]a]{1000}){1000}",
                "([[:alpha:]]{1000}){1000}",
                "([^]]{1000}){1000}",
                "(a{10,}{1000}){1000}",
                "(a{1000}?){1000}",
                "(?i:(a{1000})){1000}",
                "(?P<n>a{1000}){1000}",
                "(".repeat(1_500) + "a" + ")".repeat(1_500),
                "(".repeat(3_999),
                "x".repeat(500_000),
                "(?:".repeat(600) + "a" + ")*".repeat(600),
                "\\pL|".repeat(900),
                "[" + "\\pL\\PN".repeat(600) + "]",
                "(?i)[\\x{80}-\\x{1fff}]",
                "(?i)[\\x{2}-\\x{1fff0}]" + "[^\\x{80}-\\x{ffff}]",
                "(?s-m:a)(?mi)[\u0080-\uFFFF]",
                "(?i)\u1C80",
                "(?i)\\x{1C80}",
                "(?i)\\Q\u1C88\\E",
                "[\\x{1c80}-\\x{1c81}](?i)");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void aPatternThatWouldTakeTheServerAwayIsRefusedUncompiled(String pattern) {
        assertThatExceptionOfType(TextPattern.RefusedException.class)
                .isThrownBy(() -> TextPattern.compile(pattern))
                .satisfies(refused -> assertThat(refused.getMessage()).isNotBlank());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^[A-Z]{2}[0-9]{10}$",
                "^.{0,1000}$",
                "^[^@\\s]{1,64}@[a-z0-9.-]{1,255}\\.[a-z]{2,}$",
                "(?i)^(atl|jfk|[a-z\u0430-\u044F\u03B1-\u03C9\u00C0-\u00FF]+)$",
                "^[\\p{L}\\p{N}_-]{1,200}$",
                "a{,3}b{x}{",
                "^(([0-9]{1,3})\\.){3}[0-9]{1,3}$",
                "",
                "[]a]|[^]]|[[:alpha:]-]",
                "\\Q(((((\\E",
                "(?i)K\u212A\u017F\u00B5"
            })
    void anOrdinaryPatternIsTaken(String pattern) {
        assertThatCode(() -> TextPattern.compile(pattern)).doesNotThrowAnyException();
    }

    @Test
    void aSearchIsBoundedByTheTextAndThePatternTogether() throws TextPattern.RefusedException {
        var small = TextPattern.compile("^[A-Z]{2}[0-9]{10}$");
        var large = TextPattern.compile("(?:a?b?){500}c");

        assertThat(small.longestText()).isGreaterThan(500_000);
        assertThat(large.longestText()).isBetween(1_000, 10_000);
        large.find("ab".repeat(large.longestText() / 2));
    }

    /** What passes the measure compiles quickly, whatever it is made of. */
    @Test
    @Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatIsTakenIsCompiledAndSearchedQuickly() {
        var parts = new String[] {
            "a",
            "[a-z]",
            "\\pL",
            "\\d",
            "(",
            ")",
            "(?:",
            "|",
            "*",
            "+",
            "?",
            "{1000}",
            "{2,9}",
            "{30}",
            "(?i)",
            "[^\u00E9]",
            "[\\x{80}-\\x{fff}]",
            "\\Q{\\E",
            "^",
            "$",
            "\\b",
            ".",
            "[\\pN\\PL]",
            "\u0436",
            "\\x{1F600}",
            "[[:word:]]"
        };
        var random = new Random(4);
        for (int i = 0; i < 400; i++) {
            var pattern = new StringBuilder();
            int length = 1 + random.nextInt(i % 4 == 0 ? 900 : 20);
            for (int j = 0; j < length; j++) {
                pattern.append(parts[random.nextInt(parts.length)]);
            }
            long start = System.nanoTime();
            try {
                var compiled = TextPattern.compile(pattern.toString());
                compiled.find("a\u00E91".repeat(Math.min(2_000, compiled.longestText() / 3)));
            } catch (TextPattern.RefusedException e) {
                // as good
            }
            assertThat(System.nanoTime() - start).as(pattern.toString()).isLessThan(SECONDS.toNanos(5));
        }
    }

    /** The library looks for a character's other cases until it comes back to it, and for some it never does. */
    @Test
    void everyCharacterWhoseCaseTheLibraryIgnoresForEverIsKnown() throws ReflectiveOperationException {
        Method fold = Class.forName("com.google.re2j.Unicode").getDeclaredMethod("simpleFold", int.class);
        fold.setAccessible(true);
        for (int c = 0; c <= 0x1044F; c++) {
            int other = (int) fold.invoke(null, c);
            for (int i = 0; i < 5 && other != c; i++) {
                other = (int) fold.invoke(null, other);
            }
            String pattern = "(?i)\\x{" + Integer.toHexString(c) + "}";
            assertThat(PatternSize.of(pattern).foldsEndlessly()).as(pattern).isEqualTo(other != c);
        }
    }
}
