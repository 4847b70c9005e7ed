package dev.asof.transform;

import static dev.asof.transform.Expressions.compile;
import static dev.asof.transform.Expressions.evaluate;
import static dev.asof.transform.Expressions.evaluateWithNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ExpressionNullsTest {

    /** Every operation but those whose meaning is about null, over columns. */
    static Stream<String> strict() {
        return Stream.of(
                        Stream.of("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=")
                                .flatMap(operator -> Stream.of("i", "d", "i32", "f")
                                        .flatMap(left ->
                                                Stream.of("i", "d").map(right -> left + " " + operator + " " + right))),
                        Stream.of("==", "!=", "<", "<=", ">", ">=")
                                .flatMap(operator -> Stream.of(
                                        "s %s s + 'x'".formatted(operator), "ts %s later".formatted(operator))),
                        Stream.of("b == !b", "raw != raw", "-i", "-d", "!b", "s + s", "i32 - 2 in ints", "s in words"),
                        Stream.of("i in [1, 2]", "ints[i32 - 2]", "i.abs()", "s.lower()", "i + d * f - i32"),
                        Stream.of(
                                "d in vector",
                                "ln(i)",
                                "log10(d)",
                                "exp(d)",
                                "sqrt(i)",
                                "pow(i, d)",
                                "abs(i)",
                                "abs(d)"),
                        Stream.of("round(d)", "round(i)", "contains(s, s)", "starts_with(s, s)", "ends_with(s, s)"),
                        Stream.of("round(d, i)", "round(i, i32)", "floor(d)", "ceil(d)", "size(ints)", "size(s)"),
                        Stream.of(
                                "min(i, d)", "max(i, d, f, i32)", "min(s, s)", "max(ts, later)", "min(ts, later, ts)"),
                        Stream.of("bucketize(i, [1, 2])", "bucketize(d, [0.5])", "days_between(ts, later)"),
                        Stream.of("seconds_between(ts, later)", "hour_of_day(ts)", "hour_of_day(ts, 'Asia/Tokyo')"),
                        Stream.of("day_of_week(ts)", "day_of_week(later, 'Asia/Tokyo')", "lower(s)", "upper(s)"),
                        Stream.of("ts > timestamp('2026-01-01T00:00:00Z')", "trim(s)", "length(s)", "matches(s, 'a')"),
                        Stream.of("sum(ints)", "sum(vector)", "mean(ints)", "min(vector)", "max(ints)", "max(words)"),
                        Stream.of("stddev(vector)", "slice(ints, i32 - 3, i)", "slice(s, i32, i)"),
                        Stream.of("dot(vector, [d, f])", "cosine(vector, [i, d])", "contains(words, s)"),
                        Stream.of("geo_distance(i, d, f, i32)", "hash_bucket(s, i)", "hash_bucket(i, i32)"),
                        Stream.of("hash_bucket(b, i)", "levenshtein(s, s + 'x')", "contains(ints, i32 - 2)"),
                        Stream.of("int(d)", "int(b)", "double(i)", "string(i)", "string(ts)"))
                .flatMap(expressions -> expressions);
    }

    @ParameterizedTest
    @MethodSource("strict")
    void C2_nullInGivesNullOut(String expression) throws Exception {
        List<String> columns = List.copyOf(compile(expression).inputs());

        assertThat(columns).isNotEmpty();
        assertThat(evaluate(expression)).isNotNull();
        for (String column : columns) {
            assertThat(evaluateWithNull(expression, column))
                    .as(column + " null")
                    .isNull();
        }
        assertThat(evaluateWithNull(expression, columns.toArray(String[]::new))).isNull();
    }

    @Test
    void C2_noFunctionIsLeftOutOfTheNullTest() {
        String all = String.join(" ", strict().toList());
        var untested = new ArrayList<>(Environment.functionNames());
        untested.removeIf(function -> all.contains(function + "("));

        assertThat(untested).containsExactly("coalesce");
    }

    @ParameterizedTest
    @CsvSource({
        "b && false, false",
        "false && b, false",
        "b && true, null",
        "true && b, null",
        "b && b, null",
        "b || true, true",
        "true || b, true",
        "b || false, null",
        "false || b, null",
        "b || b, null",
        "!b, null",
        "b && i > 5 && s == 'x', false",
        "!b || i > 5 && !b, null",
    })
    void C2_logicIsThreeValuedAsInSql(String expression, String expected) throws Exception {
        assertThat(String.valueOf(evaluateWithNull(expression, "b"))).isEqualTo(expected);
    }

    @Test
    void C2_theRightSideIsNotEvaluatedWhereTheLeftDecides() throws Exception {
        assertThat(evaluate("i != 0 && 1 / i > 1", Map.of("i", 0L))).isEqualTo(false);
        assertThat(evaluate("i == 0 || 1 / i > 1", Map.of("i", 0L))).isEqualTo(true);
        assertThat(evaluate("i == 0 ? 0 : 1 / i", Map.of("i", 0L))).isEqualTo(0.0);
    }

    @ParameterizedTest
    @CsvSource({"i", "d", "s", "b", "raw", "ts", "ints", "i32 + f"})
    void C2_theTestForNullIsNeverNull(String operand) throws Exception {
        String[] columns = compile(operand).inputs().toArray(String[]::new);

        assertThat(evaluate(operand + " == null")).isEqualTo(false);
        assertThat(evaluate("null != " + operand)).isEqualTo(true);
        assertThat(evaluateWithNull(operand + " == null", columns)).isEqualTo(true);
        assertThat(evaluateWithNull("null == " + operand, columns)).isEqualTo(true);
        assertThat(evaluateWithNull(operand + " != null", columns)).isEqualTo(false);
    }

    @Test
    void C2_coalesceGivesTheFirstThatIsNotNull() throws Exception {
        assertThat(evaluateWithNull("coalesce(i, i32, d)", "i")).isEqualTo(3.0);
        assertThat(evaluateWithNull("coalesce(i, i32, d)", "i", "i32")).isEqualTo(2.5);
        assertThat(evaluateWithNull("coalesce(i, i32)", "i", "i32")).isNull();
        assertThat(evaluateWithNull("coalesce(s, 'none')", "s")).isEqualTo("none");
        assertThat(evaluateWithNull("coalesce(ts, later) == later", "ts")).isEqualTo(true);
        assertThat(evaluateWithNull("coalesce(ints, [9])", "ints")).isEqualTo(List.of(9L));
        assertThat(evaluateWithNull("coalesce(i, 1, 2, 3, 4, 5, 6, 7)", "i")).isEqualTo(1L);
    }

    @Test
    void C2_aNullConditionGivesNullAndABranchMayBeNull() throws Exception {
        assertThat(evaluateWithNull("b ? 1 : 2", "b")).isNull();
        assertThat(evaluate("b ? null : i")).isNull();
        assertThat(evaluate("b ? null : ts")).isNull();
        assertThat(evaluate("!b ? null : d")).isEqualTo(2.5);
        assertThat(evaluateWithNull("b ? i : d", "i")).isNull();
    }

    @Test
    void C2_aListWithANullCannotRuleAValueOut() throws Exception {
        assertThat(evaluate("1 in ints")).isEqualTo(true);
        assertThat(evaluate("5 in ints")).isNull();
        assertThat(evaluate("ints[2]")).isNull();
        assertThat(evaluateWithNull("[i, 1]", "i")).isEqualTo(Arrays.asList(null, 1L));
    }
}
