package dev.asof.transform.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.transform.window.AggregateInput.Form;
import dev.asof.transform.window.AggregateResult.Status;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of functions and input types that stands in the documentation, each of its lines against the code. */
class FunctionTableTest {

    private static final Random RANDOM = new Random(3);

    /** A line of the table, for one of its input types. */
    record Line(
            AggregateFunction function,
            Optional<ScalarType> input,
            String result,
            String withoutValues,
            String nulls,
            String nan,
            String exact,
            boolean by) {

        Aggregate aggregate() {
            return new Aggregate(function, input, function.isSized() ? 3 : 0, 0.5, Optional.empty());
        }

        boolean isFloat() {
            return input.filter(type -> type == ScalarType.FLOAT32 || type == ScalarType.FLOAT64)
                    .isPresent();
        }

        @Override
        public String toString() {
            return function.text() + " " + input.map(Object::toString).orElse("rows");
        }
    }

    static Stream<Line> lines() {
        try (var in = new InputStreamReader(
                Objects.requireNonNull(FunctionTableTest.class.getResourceAsStream("/windows/functions.csv")),
                StandardCharsets.UTF_8)) {
            return in.readAllAsString().lines().skip(1).toList().stream().flatMap(FunctionTableTest::parsed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Line> parsed(String line) {
        String[] cells = line.split(",", -1);
        assertThat(cells).hasSize(8);
        Stream<Optional<ScalarType>> inputs = cells[1].isEmpty()
                ? Stream.of(Optional.empty())
                : Arrays.stream(cells[1].split(" ")).map(ScalarType::valueOf).map(Optional::of);
        return inputs.map(input -> new Line(
                AggregateFunction.parse(cells[0]).orElseThrow(),
                input,
                cells[2],
                cells[3],
                cells[4],
                cells[5],
                cells[6],
                cells[7].equals("yes")));
    }

    @Test
    void everyFunctionHasALineForEachTypeThatItTakes() {
        Set<List<Object>> expected = new HashSet<>();
        expected.add(List.of(AggregateFunction.COUNT, Optional.empty()));
        for (var function : AggregateFunction.values()) {
            function.inputs().forEach(type -> expected.add(List.of(function, Optional.of(type))));
        }

        assertThat(lines().map(line -> List.<Object>of(line.function, line.input)))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    /** In the page's own words. */
    @Test
    void theDocumentationHasTheSameTable() throws IOException {
        Set<List<String>> expected = new HashSet<>();
        lines().forEach(line -> expected.add(List.of(
                line.function.text(),
                line.input.map(ScalarType::name).orElse("nothing"),
                line.result,
                line.withoutValues,
                line.nulls,
                line.isFloat() ? line.nan : "")));

        String page = Files.readString(Path.of("docs/windows.md"));
        String table = page.substring(page.indexOf("## Functions"), page.indexOf("### Sketches"));
        Set<List<String>> documented = new HashSet<>();
        table.lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            String[] cells = line.split("\\|");
            for (String function : words(cells[1].replace("`", ""))) {
                for (String type : types(cells[2].strip())) {
                    boolean isFloat = type.startsWith("FLOAT");
                    documented.add(List.of(
                            function,
                            type,
                            result(cells[3].strip()),
                            cells[4].strip().replace("empty", "[]"),
                            cells[5].strip().replace("**", "").replace("–", ""),
                            isFloat ? nan(cells[6].strip()) : ""));
                }
            }
        });

        assertThat(documented).isEqualTo(expected);
    }

    private static List<String> words(String cell) {
        return Arrays.stream(cell.split(",")).map(String::strip).toList();
    }

    private static List<String> types(String cell) {
        return cell.equals("any scalar")
                ? Arrays.stream(ScalarType.values()).map(ScalarType::name).toList()
                : words(cell);
    }

    private static String result(String cell) {
        if (cell.startsWith("a list of the type")) {
            return "list of input";
        }
        return cell.equals("the same type") ? "input" : cell.split("[ ,;]")[0];
    }

    private static String nan(String cell) {
        return switch (cell) {
            case "makes it NaN" -> "NaN";
            case "one value" -> "a value";
            default -> cell;
        };
    }

    @ParameterizedTest
    @MethodSource("lines")
    void theResultHasTheType(Line line) {
        var type = line.aggregate().resultType();
        assertThat(type)
                .isEqualTo(
                        switch (line.result) {
                            case "input" -> line.input.orElseThrow();
                            case "list of input" -> ListType.of(line.input.orElseThrow());
                            default -> ScalarType.valueOf(line.result);
                        });
        assertThat(line.function.canBeBucketed()).isEqualTo(line.by);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void W2_withoutValues(Line line) {
        var result = answer(line, List.of());

        assertThat(result)
                .isEqualTo(
                        switch (line.withoutValues) {
                            case "null" -> new AggregateResult(null, Status.NULL);
                            case "[]" -> AggregateResult.present(List.of());
                            case "0" ->
                                AggregateResult.present(line.result.equals("FLOAT64") ? (Object) 0.0 : (Object) 0L);
                            default -> throw new IllegalArgumentException(line.withoutValues);
                        });
    }

    @ParameterizedTest
    @MethodSource("lines")
    void W2_nulls(Line line) {
        var values = values(line, 5);
        var withNulls = new ArrayList<@Nullable Object>(values);
        withNulls.add(1, null);
        withNulls.add(4, null);

        switch (line.nulls) {
            case "skipped" -> {
                assertThat(answer(line, withNulls)).isEqualTo(answer(line, values));
                assertThat(answer(line, Collections.nCopies(3, null))).isEqualTo(answer(line, List.of()));
            }
            case "kept" ->
                assertThat((List<?>) answer(line, withNulls).value())
                        .isEqualTo(withNulls.subList(withNulls.size() - 3, withNulls.size()));
            case "" -> assertThat(line.input).isEmpty();
            default -> throw new IllegalArgumentException(line.nulls);
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void W3_nan(Line line) {
        if (!line.isFloat()) {
            return;
        }
        Object nan = line.input.orElseThrow() == ScalarType.FLOAT32 ? (Object) Float.NaN : (Object) Double.NaN;
        var values = new ArrayList<@Nullable Object>(values(line, 4));
        var without = answer(line, values);
        values.add(2, nan);
        var with = answer(line, values);

        switch (line.nan) {
            case "skipped" -> {
                assertThat(with).isEqualTo(without);
                assertThat(answer(line, List.of(nan, nan))).isEqualTo(answer(line, List.of()));
            }
            case "NaN" -> assertThat(with).isEqualTo(AggregateResult.present(Double.NaN));
            case "counted" -> assertThat(with.value()).isEqualTo(5L);
            case "a value" -> {
                var onlyNan = answer(line, List.of(nan)).value();
                assertThat(onlyNan).isIn(nan, List.of(nan), 1L);
                assertThat(answer(line, List.of(nan, nan)).value()).isIn(nan, List.of(nan, nan), 1L);
            }
            default -> throw new IllegalArgumentException(line.nan);
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void W6_whereAnswersAreExactAndWhatComesBeyond(Line line) {
        for (String word : line.exact.split("; ")) {
            switch (word) {
                case "always", "as floats", "from the exact total" ->
                    assertThat(answer(line, values(line, 2000)).status()).isIn(Status.PRESENT, Status.FAILED);
                case "null with ERROR outside INT64" -> {
                    Object most = line.input.orElseThrow() == ScalarType.INT32
                            ? (Object) Integer.MAX_VALUE
                            : (Object) Long.MAX_VALUE;
                    boolean overflows = most instanceof Long;
                    assertThat(answer(line, List.of(most, most)).status())
                            .isEqualTo(overflows ? Status.FAILED : Status.PRESENT);
                }
                case "to 1e-12 of the sum of magnitudes", "to 1e-12 of the mean of magnitudes" ->
                    // each is lost beside the great ones in a running sum
                    assertThat(sumOf(line, List.of(1e16, 1.0, 1.0, -1e16)))
                            .isEqualTo(line.function == AggregateFunction.SUM ? 2.0 : 0.5);
                case "null below two values" ->
                    assertThat(answer(line, values(line, 1)).status()).isEqualTo(Status.NULL);
                case "below 1024 different values" -> {
                    if (different(line) > 2000) {
                        assertThat(answer(line, different(line, 1023)).value()).isEqualTo(1023L);
                    }
                }
                case "then a relative standard error of 3.1 %" -> {
                    if (different(line) > 2000) {
                        long count = (Long) Objects.requireNonNull(
                                answer(line, different(line, 50_000)).value());
                        assertThat(count).isBetween(45_000L, 55_000L);
                    }
                }
                case "to 9 significant bits" ->
                    assertThat(answer(line, List.of(number(line, 511))).value()).isEqualTo(511.0);
                case "then too small in magnitude by less than 1/256" -> {
                    assertThat((Double)
                                    answer(line, List.of(number(line, 1_023))).value())
                            .isEqualTo(1_022.0);
                    assertThat((Double)
                                    answer(line, List.of(number(line, -1_023))).value())
                            .isEqualTo(-1_022.0);
                }
                case "to 8 k different values" -> {
                    if (different(line) > 25) {
                        assertThat(answer(line, different(line, 24)).status()).isEqualTo(Status.PRESENT);
                    }
                }
                case "then TRUNCATED" -> {
                    if (different(line) > 25) {
                        assertThat(answer(line, different(line, 25)).status()).isEqualTo(Status.TRUNCATED);
                    }
                }
                case "text by its first 256 bytes" -> {
                    if (line.input.orElseThrow() == ScalarType.STRING) {
                        String most = "x".repeat(256);
                        assertThat(answer(line, List.of(most + "a", most + "b")).value())
                                .isEqualTo(List.of(most));
                    }
                }
                default -> throw new IllegalArgumentException(word);
            }
        }
    }

    private static Object sumOf(Line line, List<Object> numbers) {
        var state = line.aggregate().kind().empty();
        for (int i = 0; i < numbers.size(); i++) {
            state.add(numbers.get(i), 0, i, i);
        }
        return Objects.requireNonNull(line.aggregate().finish(state).value());
    }

    private static Object number(Line line, int number) {
        return switch (line.input.orElseThrow()) {
            case INT32 -> number;
            case INT64 -> (long) number;
            case FLOAT32 -> (float) number;
            case FLOAT64 -> (double) number;
            case BOOLEAN, STRING, BYTES, TIMESTAMP -> throw new IllegalArgumentException();
        };
    }

    private static long different(Line line) {
        return line.input.orElseThrow() == ScalarType.BOOLEAN ? 2 : 50_000;
    }

    private static List<Object> different(Line line, int count) {
        return IntStream.range(0, count)
                .<Object>mapToObj(i -> switch (line.input.orElseThrow()) {
                    case INT32, INT64, FLOAT32, FLOAT64 -> number(line, i);
                    case STRING -> "v" + i;
                    case BYTES -> ("v" + i).getBytes(StandardCharsets.UTF_8);
                    case TIMESTAMP -> dev.asof.shared.Timestamps.ofMicros(i);
                    case BOOLEAN -> throw new IllegalArgumentException();
                })
                .toList();
    }

    private static List<Object> values(Line line, int count) {
        return Stream.generate(() -> value(line.input.orElse(ScalarType.INT64)))
                .limit(count)
                .toList();
    }

    private static Object value(ScalarType type) {
        return switch (type) {
            case FLOAT32 -> RANDOM.nextInt(100) / 4f;
            case FLOAT64 -> RANDOM.nextInt(100) / 4.0;
            case INT64 -> RANDOM.nextLong(1000);
            default -> MergeOrderTest.value(type, RANDOM);
        };
    }

    /** As rows keep them, where all are admitted: which form goes into which state is {@code ViewAggregates}'s choice. */
    private static AggregateResult answer(Line line, List<? extends @Nullable Object> values) {
        var state = line.aggregate().kind().empty();
        var form = switch (line.function) {
            case COUNT -> line.input.isPresent() ? Form.PRESENT : Form.ADMITTED;
            case COUNT_DISTINCT -> Form.HASH;
            case APPROX_QUANTILE -> Form.QUANTILE_BUCKET;
            case DISTINCT_N, TOP_K -> Form.SHORT;
            default -> Form.VALUE;
        };
        var input = new AggregateInput(Optional.of("c"), Optional.empty(), line.input, Optional.empty(), form);
        for (int i = 0; i < values.size(); i++) {
            Object kept = input.kept(true, values.get(i));
            if (kept != null || line.function == AggregateFunction.LAST_N) {
                long hash = line.function == AggregateFunction.TOP_K
                        ? (Long)
                                Objects.requireNonNull(input.as(Form.SHORT_HASH).kept(true, values.get(i)))
                        : 0;
                state.add(kept, hash, i, i);
            }
        }
        return line.aggregate().finish(state);
    }
}
