package dev.asof.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.ExpressionCompiler.Input;
import dev.asof.transform.ExpressionException.Problem;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionProblemsTest {

    @Test
    void C1_anUnknownColumnIsNamedWithItsPositionAndNearMisses() {
        assertThat(problems("i + \n  wordz[0]", Expressions.INPUTS))
                .containsExactly(new Problem(
                        2, 3, "unknown_column", "There is no column 'wordz'; did you mean words?", List.of("words")));
    }

    @Test
    void C1_anUnknownFunctionIsNamedWithItsPositionAndNearMisses() {
        assertThat(problems("1 + rond(d)", Expressions.INPUTS))
                .containsExactly(new Problem(
                        1,
                        5,
                        "unknown_function",
                        "There is no function 'rond'; did you mean round?",
                        List.of("round")));
        assertThat(problems("s.lover()", Expressions.INPUTS).getFirst())
                .satisfies(problem -> assertThat(problem.column()).isEqualTo(3))
                .satisfies(problem -> assertThat(problem.suggestions()).contains("lower"));
    }

    @Test
    void C1_everyProblemIsReportedInOrder() {
        assertThat(problems("nope + foo(i) + (s - 1)", Expressions.INPUTS))
                .extracting(problem -> problem.column() + " " + problem.code())
                .containsExactly("1 unknown_column", "8 unknown_function", "20 type_mismatch");
        assertThat(problems("hour_of_day(ts, 'X') + bucketize(i, [2, 1])", Expressions.INPUTS))
                .extracting(Problem::column)
                .containsExactly(17, 37);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "s + i              | 1:3 '+' cannot be applied to STRING and INT64",
                "ts - later         | 1:4 '-' cannot be applied to TIMESTAMP and TIMESTAMP",
                "!i                 | 1:1 '!' cannot be applied to INT64",
                "b ? 1 : 'a'        | 1:3 '? :' cannot be applied to BOOLEAN, INT64 and STRING",
                "ints == ints       | 1:6 '==' cannot be applied to INT64_LIST and INT64_LIST",
                "lower(i)           | 1:1 lower cannot be applied to (INT64): it takes (STRING)",
                "s.lower(1)         | 1:3 lower cannot be applied to (STRING, INT64): it takes (STRING)",
                "trim()             | 1:1 trim cannot be applied to (): it takes (STRING)",
                "hour_of_day(i)     | 1:1 hour_of_day cannot be applied to (INT64): it takes (TIMESTAMP) or"
                        + " (TIMESTAMP, S",
                "s in ints          | 1:6 STRING cannot be in a list of INT64",
                "i.year             | 1:2 INT64 has no field 'year': columns are single values",
                "null               | 1:1 The expression is always null, which has no type",
                "b ? null : null    | 1:1 The expression is always null, which has no type",
                "i + null           | 1:3 '+' cannot be applied to INT64 and null",
                "ts < null          | 1:6 null can be compared with == and !=, and be a branch of ?:, nothing else",
                "{'a': 1}           | 1:1 maps are not supported",
                "Message{a: 1}      | 1:8 maps and messages are not supported",
                "1u                 | 1:1 unsigned integers are not supported: leave out the 'u'",
                "[]                 | 1:1 a list needs elements, and all of one type or all numbers",
                "[1, 'a']           | 1:1 a list needs elements, and all of one type or all numbers",
                "[[1]]              | 1:1 a list needs elements, and all of one type or all numbers",
                "hour_of_day(ts, 'Asia/Tokio') | 1:17 There is no time zone 'Asia/Tokio'; did you mean Asia/Tokyo",
                "hour_of_day(ts, s) | 1:17 the zone of hour_of_day must be written as text, such as 'Europe/Berlin'",
                "matches(s, '(')    | 1:12 '(' is not a regular expression of RE2: missing closing )",
                "matches(s, s)      | 1:12 the pattern of matches must be written as text, such as '^[0-9]+$'",
                "bucketize(i, ints) | 1:14 the boundaries of bucketize must be written as a list of numbers",
                "bucketize(i, [1, 1]) | 1:14 the boundaries of bucketize must ascend, but 1 stands before 1",
                "geo_distance(s, 0, 0, 0) | 1:1 geo_distance cannot be applied to (STRING, INT64, INT64, INT64): it"
                        + " takes (a number, a number, a number, a number)",
                "round(d, d)        | 1:1 round cannot be applied to (FLOAT64, FLOAT64): it takes (a number) or"
                        + " (a number, INT64)",
                "sum(words)         | 1:1 sum cannot be applied to (STRING_LIST): it takes (a list of numbers)",
                "min(1)             | 1:1 min cannot be applied to (INT64): it takes",
                "dot(ints, words)   | 1:1 dot cannot be applied to (INT64_LIST, STRING_LIST): it takes (a list of"
                        + " numbers, a list of numbers)",
                "contains(ints, s)  | 1:16 STRING cannot be in a list of INT64",
                "hash_bucket(d, 2)  | 1:1 hash_bucket cannot be applied to (FLOAT64, INT64): it takes (INT64, INT64)"
                        + " or",
                "slice(i, 0, 1)     | 1:1 slice cannot be applied to (INT64, INT64, INT64): it takes (a list, INT64,"
                        + " INT64)",
                "timestamp('today') | 1:11 'today' is not a timestamp with an offset, such as '2026-01-31T00:00:00Z'",
            })
    void C1_aTypeMismatchIsSaidInTheWordsOfColumnTypes(String expression, String expected) {
        assertThat(problems(expression, Expressions.INPUTS)).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("type_mismatch");
            assertThat(problem.line() + ":" + problem.column() + " " + problem.message())
                    .startsWith(expected);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                 | 1:1 The expression ends too early",
                "i +                | 1:4 The expression ends too early",
                "i.                 | 1:3 The expression ends too early",
                "i. in + 1          | 1:4 Unexpected 'in'",
                "[1,                | 1:4 A ']' is missing",
                "i = 5              | 1:3 Unexpected '= ': use == to compare",
                "b and b            | 1:3 Unexpected 'and': write && for and",
                "i # 5              | 1:3 Unexpected '#'",
                "s == 'abc          | 1:6 The text that begins with 'abc is not closed",
                "9223372036854775808 | 1:1 9223372036854775808 does not fit INT64",
                "coalesce(1)        | 1:9 'coalesce' takes 2 to 8 values, not 1",
                "max(1,2,3,4,5,6,7,8,9) | 1:4 'max' takes 2 to 8 values, not 9",
            })
    void C1_aSyntaxErrorSaysWhere(String expression, String expected) {
        assertThat(problems(expression, Expressions.INPUTS)).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("syntax");
            assertThat(problem.line() + ":" + problem.column() + " " + problem.message())
                    .isEqualTo(expected);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"in", "as", "package", "loop", "for", "namespace", "var"})
    void C1_aColumnNamedLikeAReservedWordMustBeRenamed(String name) {
        List<Problem> problems = problems(name + " + 1", List.of(new Input(name, ScalarType.INT64)));

        assertThat(problems).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("syntax");
            assertThat(problem.message())
                    .startsWith("'" + name + "' is a word that CEL keeps for itself")
                    .endsWith("give the source column another name");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"int", "string", "size", "timestamp", "min", "lower", "type", "list", "map", "has"})
    void C1_aColumnMayBeNamedLikeAFunctionOrType(String name) throws Exception {
        var compiled =
                ExpressionCompiler.compile(name + " + 1", List.of(new Input(name, ScalarType.INT64)), Optional.empty());
        assertThat(compiled.evaluate(new Object[] {2L})).isEqualTo(3L);
    }

    @Test
    void C1_aResultThatDoesNotFitTheDeclaredTypeIsAMismatch() {
        List<ValueType> unfit =
                List.of(ScalarType.INT32, ScalarType.INT64, ScalarType.STRING, ListType.of(ScalarType.FLOAT64));
        for (ValueType type : unfit) {
            String message = "The expression gives FLOAT64, which does not fit the declared type " + type;
            assertThat(problems("d", Expressions.INPUTS, Optional.of(type)))
                    .containsExactly(new Problem(1, 1, "type_mismatch", message, List.of()));
        }
        assertThat(problems("i", Expressions.INPUTS, Optional.of(ScalarType.BOOLEAN)))
                .hasSize(1);
        assertThat(problems("words", Expressions.INPUTS, Optional.of(ListType.of(ScalarType.INT64))))
                .hasSize(1);
    }

    @Test
    void C1_anExpressionTooLongOrTooDeepIsAProblemEvenOnASmallStack() throws Exception {
        List<String> expressions = List.of(
                "i" + " ".repeat(10_000),
                "i" + " + i".repeat(2_400),
                "(".repeat(4_900) + "i" + ")".repeat(4_900),
                "-(".repeat(3_000) + "i" + ")".repeat(3_000),
                "[".repeat(4_900) + "]".repeat(4_900),
                "ints" + "[0]".repeat(3_000),
                "b" + " ? b : b".repeat(1_100),
                "i" + ".a".repeat(4_000),
                "lower(".repeat(1_000) + "s" + ")".repeat(1_000),
                "{1:".repeat(2_400) + "1" + "}".repeat(2_400));
        for (String expression : expressions) {
            List<Problem> problems = onSmallStack(() -> problems(expression, Expressions.INPUTS));

            assertThat(problems).singleElement().satisfies(problem -> {
                assertThat(problem.code()).isEqualTo("syntax");
                assertThat(problem.message()).contains("split it into several features");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 90})
    void C1_anExpressionAsDeepAsAllowedCompilesOnASmallStack(int depth) throws Exception {
        List<String> expressions = List.of(
                "i" + " + i".repeat(depth),
                "max(".repeat(depth) + "1" + ",1,2,3,4,5,6,7)".repeat(depth),
                "trim(".repeat(depth) + "s" + ")".repeat(depth),
                "b" + " && b".repeat(1_000));
        for (String expression : expressions) {
            assertThat(onSmallStack(() -> problems(expression, Expressions.INPUTS)))
                    .isEmpty();
        }
    }

    private static List<Problem> problems(String expression, List<Input> inputs) {
        return problems(expression, inputs, Optional.empty());
    }

    private static List<Problem> problems(String expression, List<Input> inputs, Optional<ValueType> declared) {
        try {
            ExpressionCompiler.compile(expression, inputs, declared);
            return List.of();
        } catch (ExpressionException e) {
            return e.problems();
        }
    }

    private static List<Problem> onSmallStack(Supplier<List<Problem>> work) throws Exception {
        var task = new FutureTask<>(work::get);
        var thread = new Thread(null, task, "small stack", 512 * 1024);
        thread.start();
        return task.get();
    }
}
