package dev.asof.transform;

import static dev.asof.transform.Expressions.compile;
import static dev.asof.transform.Expressions.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an expression may cost, whatever it says and whatever the row holds. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExpressionCostTest {

    private static final String LONG = "a".repeat(900_000);

    @Test
    void C2_aTextThatGrowsPastAMillionCharactersIsAnError() throws Exception {
        String doubled = "(s + s)";
        for (int i = 0; i < 3; i++) {
            doubled = "(%s + %s)".formatted(doubled, doubled);
        }
        String grown = doubled;

        assertThat(evaluate("length(" + grown + ")", Map.of("s", "ab"))).isEqualTo(32L);
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluate("length(" + grown + ")", Map.of("s", LONG)));
    }

    @Test
    void C2_manyOperationsOnALongTextAreAnErrorAndFewAreNot() throws Exception {
        String many = "lower(s) == 'x'" + " || lower(s) == 'x'".repeat(300);

        assertThat(evaluate("length(lower(s))", Map.of("s", LONG))).isEqualTo(900_000L);
        assertThat(evaluate(many, Map.of("s", "y"))).isEqualTo(false);
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluate(many, Map.of("s", LONG)))
                .withMessageContaining("too long");
    }

    @Test
    void C2_searchingForALongPartTakesTheSumOfBothLengths() throws Exception {
        String half = "a".repeat(450_000);

        assertThat(evaluate("contains(s, lower('%s') + trim(s))".formatted("b"), Map.of("s", half)))
                .isEqualTo(false);
        assertThat(Work.contains(half + "b", half.substring(1) + "b")).isTrue();
    }

    @Property(tries = 60)
    void C2_containsIsJavas(
            @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 40) String text,
            @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 6) String part) {
        // the long way round, by texts as long as the search asks for
        String far = "c".repeat(1_000_000);
        assertThat(Work.contains(far + text, part)).isEqualTo((far + text).contains(part));
    }

    @Test
    void C2_aPatternTooLargeForATextIsAnErrorAndOneTooLargeForAnyIsRefused() throws Exception {
        String large = "matches(s, '(?:a?b?){500}c')";

        assertThat(evaluate(large, Map.of("s", "abc"))).isEqualTo(true);
        assertThatExceptionOfType(EvaluationException.class).isThrownBy(() -> evaluate(large, Map.of("s", LONG)));
        assertThatExceptionOfType(ExpressionException.class)
                .isThrownBy(() -> compile("matches(s, '(((a{0,100}){0,100}){0,100}){0,100}')"));
    }

    @Test
    void C2_atMostAHundredProblemsOfAnExpressionAreFound() {
        assertThatExceptionOfType(ExpressionException.class)
                .isThrownBy(() -> compile("i in [" + "unknown,".repeat(1_200) + "1]"))
                .satisfies(failure -> assertThat(failure.problems()).hasSize(100));
    }
}
