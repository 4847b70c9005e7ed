package dev.asof.transform;

import static dev.asof.transform.Expressions.compile;
import static dev.asof.transform.Expressions.evaluate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionSemanticsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "i + i32           | 10",
                "i - i32 * 2       | 1",
                "-i % 4            | -3",
                "i + d             | 9.5",
                "d - i             | -4.5",
                "i / 2             | 3.5",
                "6 / 3             | 2.0",
                "5.5 % i           | 5.5",
                "-d                | -2.5",
                "f                 | 0.10000000149011612",
                "d > 2             | true",
                "i >= 7.0          | true",
                "i <= 6.5          | false",
                "i != 7.0          | false",
                "s + '!'           | ` Héllo😀 !`",
                "i in [1, 7.0]     | true",
                "s in ['x', 'y']   | false",
                "2 in ints         | true",
                "0.5 in vector     | true",
                "raw in [b'x']     | false",
                "ints[1] + 1       | 3",
                "vector[0]         | 0.5",
                "[i, d][1]         | 2.5",
                "size(ints)        | 3",
                "size(s)           | 8",
                "words[0] + 'c'    | ac",
                "b ? i : d         | 7.0",
                "b ? i : null      | 7",
                "b && i > 5        | true",
            })
    void C2_operatorsMixIntsAndFloatsAndDivisionGivesAFloat(String expression, String expected) throws Exception {
        assertThat(evaluate(expression)).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ln(1)                               | 0.0",
                "log10(1000)                         | 3.0",
                "exp(0)                              | 1.0",
                "sqrt(d * 10)                        | 5.0",
                "pow(2, 10)                          | 1024.0",
                "abs(-i)                             | 7",
                "abs(-d)                             | 2.5",
                "round(2.5)                          | 3",
                "round(-2.5)                         | -3",
                "round(0.49999999999999994)          | 0",
                "round(i)                            | 7",
                "round(2.675, 2)                     | 2.68",
                "round(-1.005, 2)                    | -1.01",
                "round(i, -1)                        | 10.0",
                "floor(-d)                           | -3",
                "ceil(-d)                            | -2",
                "min(i, d)                           | 2.5",
                "min(i, i32, 9)                      | 3",
                "max(1, 2, 3, 4, 5, 6, 7, 8)         | 8",
                "max(i, d, 1)                        | 7.0",
                "max('a', 'b')                       | b",
                "max(ts, later) == later             | true",
                "min(ts, later) == ts                | true",
                "coalesce(i, 0)                      | 7",
                "coalesce(i, d)                      | 7.0",
                "bucketize(-1, [0, 10])              | 0",
                "bucketize(0, [0, 10])               | 1",
                "bucketize(d, [0, 2.5, 10])          | 2",
                "bucketize(11, [0, 10])              | 2",
                "days_between(ts, later)             | 1.5",
                "days_between(later, ts)             | -1.5",
                "seconds_between(ts, later)          | 129600.0",
                "hour_of_day(ts)                     | 7",
                "hour_of_day(ts, 'America/New_York') | 2",
                "hour_of_day(ts, '+05:30')           | 13",
                "day_of_week(ts)                     | 6",
                "day_of_week(later)                  | 7",
                "day_of_week(later, 'Asia/Tokyo')    | 1",
                "lower(s)                            | ` héllo😀 `",
                "upper(s)                            | ` HÉLLO😀 `",
                "trim(s)                             | Héllo😀",
                "length(s)                           | 8",
                "contains(s, 'llo')                  | true",
                "starts_with(s, 'H')                 | false",
                "ends_with(trim(s), '😀')            | true",
                "matches(s, 'l+o')                   | true",
                "matches(s, '^l+o$')                 | false",
                "int(-2.9)                           | -2",
                "int('12')                           | 12",
                "int(b)                              | 1",
                "double('1.5e3')                     | 1500.0",
                "double(i)                           | 7.0",
                "string(i)                           | 7",
                "string(d)                           | 2.5",
                "string(b)                           | true",
                "string(ts)                          | 2026-11-21T07:48:00.500000Z",
                "ts > timestamp('2026-11-21T00:00:00+01:00') | true",
                "s.trim().lower()                    | héllo😀",
                "s.contains('x')                     | false",
                "s.matches('[0-9]')                  | false",
                "ts.hour_of_day('Europe/Berlin')     | 8",
                "d.round()                           | 3",
            })
    void C2_functions(String expression, String expected) throws Exception {
        assertThat(evaluate(expression)).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 / 0",
                "d / 0.0",
                "0.0 / 0.0 == 0.0",
                "i / 0 > 1",
                "1 % 0",
                "9223372036854775807 + i",
                "-9223372036854775808 - i",
                "9223372036854775807 * 2",
                "-(-9223372036854775808)",
                "abs(-9223372036854775808)",
                "ln(0)",
                "ln(-1)",
                "sqrt(-1)",
                "exp(1000)",
                "pow(10, 400)",
                "1e308 * 10",
                "round(1e30)",
                "floor(-1e30)",
                "int(1e19)",
                "int('x')",
                "int(' 1')",
                "double('NaN')",
                "double('0x1p3')",
                "double('1e999')",
                "ints[3]",
                "ints[-1]",
                "round(d, 1000)"
            })
    void C2_aFailureOrANonFiniteResultIsAnEvaluationException(String expression) throws Exception {
        CompiledExpression compiled = compile(expression);

        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluate(expression))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
        assertThat(compiled.type()).isNotNull();
    }

    @Test
    void C2_aNonFiniteColumnIsComparedAsIsButNeverAResult() throws Exception {
        assertThat(evaluate("d > 5", Map.of("d", Double.POSITIVE_INFINITY))).isEqualTo(true);
        assertThat(evaluate("d == d", Map.of("d", Double.NaN))).isEqualTo(false);
        assertThat(evaluate("d >= 1 || d < 1", Map.of("d", Double.NaN))).isEqualTo(false);
        for (String expression : List.of("d", "d + 1", "max(d, 1)", "bucketize(d, [1])", "[d]")) {
            assertThatExceptionOfType(EvaluationException.class)
                    .isThrownBy(() -> evaluate(expression, Map.of("d", Double.NaN)));
        }
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> evaluate("vector", Map.of("vector", List.of(1f, Float.NaN))));
    }

    @Test
    void C2_intsAndFloatsAreComparedByTheirExactValues() throws Exception {
        assertThat(evaluate("9007199254740993 == 9007199254740992.0")).isEqualTo(false);
        assertThat(evaluate("9007199254740993 > 9007199254740992.0")).isEqualTo(true);
        assertThat(evaluate("9223372036854775807 < 9223372036854775808.0")).isEqualTo(true);
        assertThat(evaluate("9007199254740993 in [9007199254740992.0]")).isEqualTo(false);
    }

    @Test
    void A6_stringsAreOrderedByTheirBytes() throws Exception {
        Map<String, Object> emoji = Map.of("s", "😀");
        assertThat(evaluate("s > '\\uFFFD'", emoji)).isEqualTo(true);
        assertThat(evaluate("'a' < 'ab'")).isEqualTo(true);
        assertThat(evaluate("'Z' < 'a'")).isEqualTo(true);
        assertThat(evaluate("'é' == 'e\\u0301'")).isEqualTo(false);
    }

    @Test
    void C1_bytesAreEqualByTheirContent() throws Exception {
        byte[] same = {1, 2};
        assertThat(evaluate("raw == raw", Map.of("raw", same))).isEqualTo(true);
        assertThat(evaluate("raw in [b'\\x07', b'\\x01\\x02']")).isEqualTo(true);
        assertThat(evaluate("raw in [b'\\x01', b'\\x01\\x03']")).isEqualTo(false);
        assertThat(evaluate("raw == b'\\x01\\x02'")).isEqualTo(true);
        assertThat(evaluate("raw != b'\\x01\\x02'")).isEqualTo(false);
        assertThat(evaluate("raw == b'\\x01\\x03'")).isEqualTo(false);
        assertThat(evaluate("raw == b'\\x01'")).isEqualTo(false);
    }

    @Test
    void C1_theTypeIsInferred() throws Exception {
        Map<String, ValueType> types = Map.of(
                "i32", ScalarType.INT64,
                "f", ScalarType.FLOAT64,
                "i / i", ScalarType.FLOAT64,
                "i > 1", ScalarType.BOOLEAN,
                "raw", ScalarType.BYTES,
                "ts", ScalarType.TIMESTAMP,
                "s", ScalarType.STRING,
                "vector", ListType.of(ScalarType.FLOAT64),
                "[1, 2.5]", ListType.of(ScalarType.FLOAT64));
        for (var entry : types.entrySet()) {
            assertThat(compile(entry.getKey()).type()).as(entry.getKey()).isEqualTo(entry.getValue());
        }
        assertThat(compile("i + d > i").inputs()).containsExactlyInAnyOrder("i", "d");
    }

    @Test
    void C1_theResultHasTheClassOfItsDeclaredType() throws Exception {
        assertThat(declared("i + 1", ScalarType.INT32)).isEqualTo(8);
        assertThat(declared("i", ScalarType.FLOAT64)).isEqualTo(7.0);
        assertThat(declared("d", ScalarType.FLOAT32)).isEqualTo(2.5f);
        assertThat(declared("f", ScalarType.FLOAT32)).isEqualTo(0.1f);
        assertThat(declared("vector", ListType.of(ScalarType.FLOAT32, 2))).isEqualTo(List.of(0.5f, 1f));
        assertThat(declared("ints", ListType.of(ScalarType.INT32))).isEqualTo(Arrays.asList(1, 2, null));
        assertThat(evaluate("ints")).isEqualTo(Arrays.asList(1L, 2L, null));
        assertThat(evaluate("ts")).isEqualTo(Instant.parse("2026-11-21T07:48:00.500Z"));
        assertThat(evaluate("raw")).isEqualTo(new byte[] {1, 2});
    }

    @Test
    void C2_aResultOutsideItsDeclaredTypeIsAnEvaluationException() {
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> declared("i * 1000000000", ScalarType.INT32));
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> declared("d * 1e300", ScalarType.FLOAT32));
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> declared("vector", ListType.of(ScalarType.FLOAT32, 3)));
    }

    @Test
    void C1_oneProgramServesManyThreads() throws Exception {
        CompiledExpression compiled = compile("round(ln(i + 1) * 1000 + length(s), 3)");
        Callable<Object> work = () -> {
            var seen = new ArrayList<Object>();
            for (long n = 0; n < 5_000; n++) {
                Object[] row = new Object[Expressions.INPUTS.size()];
                row[0] = n;
                row[4] = "x".repeat((int) (n % 10));
                seen.add(String.valueOf(compiled.evaluate(row)));
            }
            return seen;
        };
        Object alone = work.call();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (var future : threads.invokeAll(List.of(work, work, work, work))) {
                assertThat(future.get()).isEqualTo(alone);
            }
        }
    }

    private static @Nullable Object declared(String expression, ValueType type) throws Exception {
        CompiledExpression compiled = compile(expression, type);
        assertThat(compiled.type()).isEqualTo(type);
        return Expressions.evaluate(compiled);
    }
}
