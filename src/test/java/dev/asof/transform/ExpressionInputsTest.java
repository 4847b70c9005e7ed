package dev.asof.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.transform.ExpressionCompiler.Input;
import dev.asof.transform.ExpressionException.Problem;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs with qualifiers, and maps among them. */
class ExpressionInputsTest {

    private static final String LONG_KEY = "é".repeat(200);

    private static final Inputs INPUTS = Inputs.of(
            List.of(
                    new Input("as_of", ScalarType.TIMESTAMP),
                    Input.map("card.by_category", ScalarType.STRING, ScalarType.INT32),
                    new Input("card.tx_sum_30d", ScalarType.FLOAT64),
                    Input.map("card.by_hour", ScalarType.INT32, ScalarType.FLOAT32),
                    Input.map("card.by_online", ScalarType.BOOLEAN, ScalarType.STRING),
                    Input.map("card.last_by_zone", ScalarType.INT64, ListType.of(ScalarType.INT64)),
                    new Input("request.amount", ScalarType.FLOAT64),
                    new Input("request.category", ScalarType.STRING),
                    new Input("n", ScalarType.INT64)),
            "input",
            Map.of("request", "request value"));

    private static final Map<String, Object> VALUES = Map.of(
            "as_of",
            Instant.parse("2026-11-21T07:48:00Z"),
            "card.tx_sum_30d",
            200.0,
            "request.amount",
            50.0,
            "request.category",
            "food",
            "n",
            3L);

    @Test
    void anInputOfAMapTakesTwoPositions() {
        assertThat(INPUTS.width()).isEqualTo(13);
        assertThat(INPUTS.positionOf("as_of")).isEqualTo(0);
        assertThat(INPUTS.positionOf("card.by_category")).isEqualTo(1);
        assertThat(INPUTS.positionOf("card.tx_sum_30d")).isEqualTo(3);
        assertThat(INPUTS.positionOf("n")).isEqualTo(12);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Input.map("m", ScalarType.FLOAT64, ScalarType.INT64))
                .withMessageContaining("FLOAT64");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "request.amount / card.tx_sum_30d            | 0.25",
                "n + 1                                       | 4",
                "days_between(as_of, as_of)                  | 0.0",
                "request.category.upper()                    | FOOD",
                "request.amount.round()                      | 50",
                ".request.amount + .n                        | 53.0",
                "card.by_category['food']                    | 4",
                "card.by_category['food'] + 0.5              | 4.5",
                "card.by_category[request.category] * 2      | 8",
                "card.by_category['none']                    | null",
                "card.by_category['empty']                   | null",
                "coalesce(card.by_category['none'], 0)       | 0",
                "'empty' in card.by_category                 | true",
                "'none' in card.by_category                  | false",
                "size(card.by_category)                      | 4",
                "card.by_category.size()                     | 4",
                "card.by_hour[23]                            | 0.5",
                "card.by_hour[n]                             | 1.5",
                "4294967299 in card.by_hour                  | false",
                "card.by_online[false]                       | off",
                "card.by_online[request.amount < 1]          | off",
                "card.by_online[true]                        | on",
                "card.last_by_zone[7]                        | [1, 2]",
                "card.last_by_zone[7][1] + 1                 | 3",
                "size(card.last_by_zone[8])                  | null",
                "9 in card.last_by_zone                      | false",
                "card.by_category == null                    | false",
                "card.by_category != null && n > 1           | true",
            })
    void anExpressionReadsThem(String expression, String expected) throws Exception {
        assertThat(String.valueOf(evaluate(expression, Map.of()))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "card.by_category['food']",
                "'food' in card.by_category",
                "size(card.by_category)",
                "card.by_category[request.category]"
            })
    void C2_aMapThatIsNullGivesNull(String expression) throws Exception {
        var nulls = new HashMap<String, @Nullable Object>();
        nulls.put("card.by_category", null);

        assertThat(evaluate(expression, nulls)).isNull();
        assertThat(evaluate("card.by_category == null", nulls)).isEqualTo(true);
    }

    @Test
    void C2_aKeyThatIsNullGivesNull() throws Exception {
        var nulls = new HashMap<String, @Nullable Object>();
        nulls.put("request.category", null);

        assertThat(evaluate("card.by_category[request.category]", nulls)).isNull();
        assertThat(evaluate("request.category in card.by_category", nulls)).isNull();
    }

    /** Aggregates keep the first 256 bytes of a text. */
    @Test
    void W6_aLongTextIsFoundByItsBeginning() throws Exception {
        assertThat(evaluate("card.by_category[request.category]", Map.of("request.category", LONG_KEY)))
                .isEqualTo(9L);
        assertThat(evaluate("request.category in card.by_category", Map.of("request.category", "é".repeat(127))))
                .isEqualTo(false);
    }

    @Test
    void anExpressionTellsWhichInputsItReads() throws Exception {
        assertThat(compile("request.amount > 1 ? card.by_hour[n] : 0.0").inputs())
                .containsExactlyInAnyOrder("request.amount", "card.by_hour", "n");
        assertThat(compile("1 + 2").inputs()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 + card.tx_sum_3d        | 5 unknown_input There is no input 'card.tx_sum_3d'; did you mean"
                        + " card.tx_sum_30d?",
                "crad.tx_sum_30d           | 1 unknown_input There is no input 'crad.tx_sum_30d'; did you mean"
                        + " card.tx_sum_30d?",
                "request.amuont            | 1 unknown_request_value There is no request value 'request.amuont'; did"
                        + " you mean request.amount?",
                "request + 1               | 1 unknown_request_value There is no request value 'request'; did you mean"
                        + " request.amount, request.category?",
                "amount + 1                | 1 unknown_input There is no input 'amount'; did you mean request.amount?",
                "zzz.abs()                 | 1 unknown_input There is no input 'zzz'",
                "asof                      | 1 unknown_input There is no input 'asof'; did you mean as_of?",
                "zzz.yyy.xxx               | 1 unknown_input There is no input 'zzz.yyy'",
                "card.by_category.food     | 17 type_mismatch a key of a map is written in brackets: ['food']",
                "request.amount.cents      | 15 type_mismatch FLOAT64 has no field 'cents': inputs are single values",
                "card.by_category[1]       | 17 type_mismatch '[ ]' cannot be applied to a map from STRING to INT64"
                        + " and INT64",
                "card.by_hour[1.5]         | 13 type_mismatch '[ ]' cannot be applied to a map from INT64 to FLOAT64"
                        + " and FLOAT64",
                "1 in card.by_category     | 3 type_mismatch 'in' cannot be applied to INT64 and a map from STRING to"
                        + " INT64",
                "card.last_by_zone + 1     | 19 type_mismatch '+' cannot be applied to a map from INT64 to INT64_LIST"
                        + " and INT64",
                "card.by_hour              | 1 type_mismatch The expression gives a map from INT64 to FLOAT64, which"
                        + " is no type of a feature",
                "lower(card.by_hour)       | 1 type_mismatch lower cannot be applied to (a map from INT64 to FLOAT64):"
                        + " it takes (STRING)",
                "[card.by_hour]            | 1 type_mismatch a list needs elements, and all of one type or all numbers",
                "size(1)                   | 1 type_mismatch size cannot be applied to (INT64): it takes (a list) or"
                        + " (a map from STRING) or (a map from INT64) or (a map from BOOLEAN) or (STRING)",
                "card.by_hour == card.by_hour | 14 type_mismatch '==' cannot be applied to a map from INT64 to FLOAT64"
                        + " and a map from INT64 to FLOAT64",
                "n > 0 ? card.by_hour : card.by_hour | 7 type_mismatch '? :' cannot be applied to BOOLEAN, a map from"
                        + " INT64 to FLOAT64 and a map from INT64 to FLOAT64",
            })
    void C1_whatIsWrongIsSaidInTheWordsOfTheInputs(String expression, String expected) {
        assertThat(problems(expression, INPUTS))
                .singleElement()
                .satisfies(problem -> assertThat(problem.column() + " " + problem.code() + " " + problem.message())
                        .isEqualTo(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"in", "var"})
    void C1_aReservedWordInANameIsSaid(String word) {
        var inputs = Inputs.of(List.of(new Input(word + ".amount", ScalarType.INT64)), "input", Map.of());

        assertThat(problems(word + ".amount + 1", inputs))
                .isNotEmpty()
                .first()
                .satisfies(problem -> assertThat(problem.message())
                        .isEqualTo(
                                "'%s' is a word that CEL keeps for itself, so that no expression can read what has this name: "
                                                .formatted(word)
                                        + "give it another name"));
    }

    @Test
    void C1_aReservedWordBehindTheDotIsSaid() {
        var inputs = Inputs.of(List.of(new Input("view.in", ScalarType.INT64)), "input", Map.of());

        assertThat(problems("view.in + 1", inputs))
                .first()
                .satisfies(problem ->
                        assertThat(problem.message()).startsWith("'in' is a word that CEL keeps for itself"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int",
                "string",
                "size",
                "timestamp",
                "min",
                "type",
                "google",
                "null_type",
                "list",
                "map",
                "has",
                "dyn"
            })
    void C1_aQualifierMayBeNamedLikeAFunctionOrType(String word) throws Exception {
        var inputs = Inputs.of(List.of(new Input(word + ".f", ScalarType.INT64)), "input", Map.of());

        var compiled =
                ExpressionCompiler.compile("abs(%s.f) + %s.f.abs()".formatted(word, word), inputs, Optional.empty());
        assertThat(compiled.evaluate(new Object[] {-2L})).isEqualTo(4L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"as", "var", "size", "request", "null_count"})
    void C1_whatStandsBehindTheDotMayBeAnyOtherWord(String word) throws Exception {
        var inputs = Inputs.of(List.of(new Input("view." + word, ScalarType.INT64)), "input", Map.of());

        var compiled = ExpressionCompiler.compile("view." + word + " + 1", inputs, Optional.empty());
        assertThat(compiled.evaluate(new Object[] {2L})).isEqualTo(3L);
    }

    @Test
    void C2_keysAndValuesCountAsWork() throws Exception {
        var manyKeys = IntStream.range(2, 100_000).boxed().toList();
        String expression = "card.by_hour[1] > 0.0" + " || card.by_hour[1] > 0.0".repeat(200);
        Object[] row = row(Map.of());
        row[INPUTS.positionOf("card.by_hour")] = manyKeys;
        row[INPUTS.positionOf("card.by_hour") + 1] = manyKeys;

        CompiledExpression compiled = compile(expression);
        assertThatExceptionOfType(EvaluationException.class)
                .isThrownBy(() -> compiled.evaluate(row))
                .withMessageContaining("too long");
    }

    private static CompiledExpression compile(String expression) throws ExpressionException {
        return ExpressionCompiler.compile(expression, INPUTS, Optional.empty());
    }

    private static @Nullable Object evaluate(String expression, Map<String, ? extends @Nullable Object> replaced)
            throws Exception {
        return compile(expression).evaluate(row(replaced));
    }

    /** The row with other values of some inputs; a map among them is null. */
    private static @Nullable Object[] row(Map<String, ? extends @Nullable Object> replaced) {
        @Nullable Object[] row = new @Nullable Object[INPUTS.width()];
        VALUES.forEach((name, value) -> row[INPUTS.positionOf(name)] = value);
        map(row, "card.by_category", List.of("empty", "food", "fuel", "é".repeat(128)), Arrays.asList(null, 4, 5, 9));
        map(row, "card.by_hour", List.of(3, 23), List.of(1.5f, 0.5f));
        map(row, "card.by_online", List.of(false, true), List.of("off", "on"));
        map(row, "card.last_by_zone", List.of(7L, 8L), Arrays.asList(List.of(1L, 2L), null));
        replaced.forEach((name, value) -> row[INPUTS.positionOf(name)] = value);
        return row;
    }

    private static void map(
            @Nullable Object[] row, String name, List<?> keys, List<? extends @Nullable Object> values) {
        row[INPUTS.positionOf(name)] = keys;
        row[INPUTS.positionOf(name) + 1] = values;
    }

    private static List<Problem> problems(String expression, Inputs inputs) {
        try {
            ExpressionCompiler.compile(expression, inputs, Optional.empty());
            return List.of();
        } catch (ExpressionException e) {
            return e.problems();
        }
    }
}
