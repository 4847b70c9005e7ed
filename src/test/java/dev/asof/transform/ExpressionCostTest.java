package dev.asof.transform;

import static dev.asof.transform.Expressions.compile;
import static dev.asof.transform.Expressions.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.Shown;
import dev.asof.transform.ExpressionCompiler.Input;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    private static final Inputs COSTLY_INPUTS = Inputs.of(
            List.of(
                    new Input("x.s", ScalarType.STRING),
                    new Input("x.words", ListType.of(ScalarType.STRING)),
                    new Input("x.ints", ListType.of(ScalarType.INT64)),
                    Input.map("x.texts", ScalarType.STRING, ScalarType.STRING),
                    Input.map("x.lists", ScalarType.STRING, ListType.of(ScalarType.INT64))),
            "input",
            Map.of());

    /**
     * An expression and its values of a size; of a map the list of keys, and under its name with a {@code #} that of values.
     */
    record Costly(String expression, IntFunction<Map<String, Object>> values) {

        @Override
        public String toString() {
            return Shown.cut(expression, 60);
        }
    }

    static List<Costly> costly() {
        IntFunction<Map<String, Object>> text = size -> Map.of("x.s", text(size));
        IntFunction<Map<String, Object>> list = size -> Map.of("x.ints", Collections.nCopies(size, 1L));
        IntFunction<Map<String, Object>> words =
                size -> Map.of("x.s", text(size) + "x", "x.words", Collections.nCopies(100, text(size) + "y"));
        IntFunction<Map<String, Object>> map = size ->
                Map.of("x.texts", Collections.nCopies(size, "a"), "x.texts#", Collections.nCopies(size, text(size)));
        IntFunction<Map<String, Object>> ofLists =
                size -> Map.of("x.lists", List.of("b"), "x.lists#", List.of(Collections.nCopies(size, 1L)));
        return List.of(
                new Costly(again("levenshtein(x.s, x.s) < 0"), text),
                new Costly(again("levenshtein(x.s + x.s, lower(x.s)) < 0"), text),
                new Costly("levenshtein(x.s, x.s) < 0", text),
                new Costly("levenshtein(x.s, '') < 0", text),
                new Costly(again("matches(x.s, '(?:a?b?){500}c')"), text),
                new Costly(again("lower(x.words[0]) == 'x'"), words),
                new Costly(again("x.s in x.words"), words),
                new Costly(again("contains(x.words, x.s)"), words),
                new Costly(again("min(x.words) == 'x'"), words),
                new Costly(again("upper(x.texts['a']) == 'x'"), map),
                new Costly(again("'b' in x.texts"), map),
                new Costly(again("sum(x.lists['b']) < 0"), ofLists),
                new Costly(again(nested(40, "lower(upper(", sum(100), "))") + " == 'x'"), text),
                new Costly(again(nested(80, "slice(", sum(100), ",0,900000)") + " == 'x'"), text),
                new Costly(again("sum(" + nested(80, "slice(", "x.ints", ",0,900000)") + ") < 0"), list),
                new Costly("sum(" + nested(90, "slice(", "x.ints", ",0,900000)") + ") < 0", list),
                new Costly(again("cosine(x.ints, x.ints) < 0.0"), list),
                new Costly(again("stddev(x.ints) < 0.0"), list),
                new Costly(again("2 in x.ints"), list),
                new Costly(again("hash_bucket(x.s, 9) < 0"), text),
                new Costly(again("geo_distance(1.5, 2.5, -3.5, 4.5) < 0.0"), size -> Map.of()));
    }

    private static String text(int size) {
        return "Ab".repeat(size / 2);
    }

    /** Whether it has a value then or is an error: it takes no more than there is, in time of the processor and in memory. */
    @ParameterizedTest
    @MethodSource("costly")
    void C2_noExpressionTakesLongForARow(Costly costly) throws Exception {
        CompiledExpression compiled = ExpressionCompiler.compile(costly.expression, COSTLY_INPUTS, Optional.empty());
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int size : List.of(10, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)) {
            @Nullable Object[] row = new @Nullable Object[COSTLY_INPUTS.width()];
            costly.values.apply(size).forEach((name, value) -> row[position(name)] = value);
            long cpu = threads.getCurrentThreadCpuTime();
            long bytes = threads.getCurrentThreadAllocatedBytes();
            try {
                compiled.evaluate(row);
            } catch (EvaluationException e) {
                assertThat(e).hasMessageContaining("long");
            }
            assertThat(threads.getCurrentThreadCpuTime() - cpu)
                    .as("nanoseconds of %s", size)
                    .isLessThan(2_000_000_000L);
            assertThat(threads.getCurrentThreadAllocatedBytes() - bytes)
                    .as("bytes of %s", size)
                    .isLessThan(200_000_000L);
        }
    }

    private static int position(String name) {
        boolean values = name.endsWith("#");
        return COSTLY_INPUTS.positionOf(name.replace("#", "")) + (values ? 1 : 0);
    }

    /** As long as an expression may be, of one condition again and again, each of which has to be evaluated. */
    private static String again(String condition) {
        int more = (Environment.MAX_LENGTH - condition.length()) / (condition.length() + 4);
        return condition + (" || " + condition).repeat(more);
    }

    private static String nested(int depth, String open, String inner, String close) {
        return open.repeat(depth) + inner + close.repeat(depth);
    }

    /** Of so many texts, in parts that nest little. */
    private static String sum(int texts) {
        return texts == 1 ? "x.s" : "(%s+%s)".formatted(sum(texts / 2), sum(texts - texts / 2));
    }

    @Test
    void C2_atMostAHundredProblemsOfAnExpressionAreFound() {
        assertThatExceptionOfType(ExpressionException.class)
                .isThrownBy(() -> compile("i in [" + "unknown,".repeat(1_200) + "1]"))
                .satisfies(failure -> assertThat(failure.problems()).hasSize(100));
    }
}
