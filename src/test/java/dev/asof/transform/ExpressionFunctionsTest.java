package dev.asof.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.transform.ExpressionCompiler.Input;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The functions of lists, maps, vectors, places and texts: the table of their cases, line by line. */
class ExpressionFunctionsTest {

    private static final List<Input> INPUTS = new ArrayList<>();
    private static final List<@Nullable Object> ROW = new ArrayList<>();

    static {
        add(new Input("ints", ListType.of(ScalarType.INT32)), Arrays.asList(1, 2, null));
        add(new Input("floats", ListType.of(ScalarType.FLOAT64)), List.of(0.5, 2.5));
        add(new Input("vector", ListType.of(ScalarType.FLOAT32, 2)), List.of(0.5f, 1f));
        add(new Input("words", ListType.of(ScalarType.STRING)), List.of("b", "😀", "a", "\uFFFD"));
        add(new Input("empty", ListType.of(ScalarType.INT64)), List.of());
        add(new Input("nulls", ListType.of(ScalarType.FLOAT64)), Arrays.asList(null, null));
        add(new Input("not_a_number", ListType.of(ScalarType.FLOAT64)), List.of(1.0, Double.NaN));
        add(new Input("times", ListType.of(ScalarType.TIMESTAMP)), times());
        add(new Input("as_of", ScalarType.TIMESTAMP), Instant.parse("2026-01-31T00:00:00Z"));
        add(new Input("no_list", ListType.of(ScalarType.INT64)), null);
        add(new Input("no_int", ScalarType.INT64), null);
        add(new Input("no_float", ScalarType.FLOAT64), null);
        add(new Input("no_text", ScalarType.STRING), null);
        add(new Input("long_text", ScalarType.STRING), "ab".repeat(3_000));
        add(Input.map("by_category", ScalarType.STRING, ScalarType.INT64), List.of("empty", "food"));
        ROW.add(Arrays.asList(null, 4L));
        add(Input.map("no_map", ScalarType.STRING, ScalarType.INT64), null);
        ROW.add(null);
    }

    /** A line of the table. */
    record Case(String function, String expression, String result) {

        @Override
        public String toString() {
            return expression;
        }
    }

    static List<Case> cases() throws IOException {
        try (var in = new InputStreamReader(
                Objects.requireNonNull(ExpressionFunctionsTest.class.getResourceAsStream("/expressions/functions.csv")),
                StandardCharsets.UTF_8)) {
            return in.readAllAsString()
                    .lines()
                    .skip(1)
                    .map(line -> line.split(" \\| "))
                    .map(cells -> new Case(cells[0], cells[1], cells[2]))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void C2_aFunctionGivesWhatTheTableSays(Case line) throws Exception {
        assertThat(result(line.expression)).isEqualTo(line.result);
    }

    /** A null argument and a failure among them, for those functions that can fail. */
    @Test
    void C2_theTableHasEveryOutcomeOfEachFunction() throws Exception {
        Map<String, Set<String>> outcomes = cases().stream()
                .collect(Collectors.groupingBy(
                        Case::function, Collectors.mapping(line -> outcome(line.result), Collectors.toSet())));
        var never = Set.of("in", "size", "contains", "slice");

        assertThat(outcomes.keySet())
                .containsAll(List.of("sum", "mean", "min", "max", "stddev", "slice", "dot", "cosine"))
                .containsAll(List.of("[ ]", "in", "size", "contains", "geo_distance", "hash_bucket", "levenshtein"));
        outcomes.forEach((function, found) -> assertThat(found)
                .as(function)
                .containsExactlyInAnyOrderElementsOf(
                        never.contains(function) ? Set.of("value", "null") : Set.of("value", "null", "ERROR")));
    }

    private static String outcome(String result) {
        return result.equals("null") || result.equals("ERROR") ? result : "value";
    }

    @Test
    void theDocumentationNamesEveryFunction() throws IOException {
        String page = Files.readString(Path.of("docs/expressions.md"));
        String table = page.substring(page.indexOf("## Functions"));

        assertThat(Environment.functionNames())
                .allSatisfy(function -> assertThat(table).contains("`" + function + "("));
    }

    @Property(tries = 200)
    void levenshteinIsThatOfTheLibrary(
            @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 12) String a,
            @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 12) String b) {
        assertThat(Levenshtein.distance(a, b))
                .isEqualTo((long) LevenshteinDistance.getDefaultInstance().apply(a, b));
    }

    @Test
    void hashBucketsAreFilledEvenly() throws Exception {
        var program = ExpressionCompiler.compile(
                "hash_bucket(id, 16)", List.of(new Input("id", ScalarType.INT64)), Optional.empty());
        var counts = new HashMap<Object, Integer>();
        for (long id = 0; id < 16_000; id++) {
            counts.merge(Objects.requireNonNull(program.evaluate(new Object[] {id})), 1, Integer::sum);
        }
        assertThat(counts).hasSize(16);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(850, 1_150));
    }

    private static String result(String expression) throws ExpressionException {
        CompiledExpression compiled = ExpressionCompiler.compile(expression, INPUTS, Optional.empty());
        try {
            return String.valueOf(compiled.evaluate(ROW.toArray()));
        } catch (EvaluationException e) {
            assertThat(e.getMessage()).isNotBlank();
            return "ERROR";
        }
    }

    private static List<@Nullable Instant> times() {
        var times = new ArrayList<@Nullable Instant>();
        Stream.of("2026-01-05T00:00:00Z", "2026-01-31T00:00:00Z", "2026-01-01T00:00:00Z")
                .map(Instant::parse)
                .forEach(times::add);
        times.add(null);
        return Collections.unmodifiableList(times);
    }

    private static void add(Input input, @Nullable Object value) {
        INPUTS.add(input);
        ROW.add(value);
    }
}
