package dev.asof.transform;

import dev.asof.shared.ListType;
import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.ExpressionCompiler.Input;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One row with a column of every type, for the tests of expressions. */
final class Expressions {

    static final List<Input> INPUTS = List.of(
            new Input("i", ScalarType.INT64),
            new Input("i32", ScalarType.INT32),
            new Input("d", ScalarType.FLOAT64),
            new Input("f", ScalarType.FLOAT32),
            new Input("s", ScalarType.STRING),
            new Input("b", ScalarType.BOOLEAN),
            new Input("raw", ScalarType.BYTES),
            new Input("ts", ScalarType.TIMESTAMP),
            new Input("later", ScalarType.TIMESTAMP),
            new Input("ints", ListType.of(ScalarType.INT32)),
            new Input("vector", ListType.of(ScalarType.FLOAT32, 2)),
            new Input("words", ListType.of(ScalarType.STRING)));

    private static final List<Object> VALUES = List.of(
            7L,
            3,
            2.5,
            0.1f,
            " Héllo😀 ",
            true,
            new byte[] {1, 2},
            Instant.parse("2026-11-21T07:48:00.500Z"),
            Instant.parse("2026-11-22T19:48:00.500Z"),
            Arrays.asList(1, 2, null),
            List.of(0.5f, 1f),
            List.of("a", "b"));

    private Expressions() {}

    static CompiledExpression compile(String expression) throws ExpressionException {
        return ExpressionCompiler.compile(expression, INPUTS, Optional.empty());
    }

    static CompiledExpression compile(String expression, ValueType declared) throws ExpressionException {
        return ExpressionCompiler.compile(expression, INPUTS, Optional.of(declared));
    }

    /** The expression over the row. */
    static @Nullable Object evaluate(String expression) throws Exception {
        return evaluate(compile(expression));
    }

    static @Nullable Object evaluate(CompiledExpression compiled) throws EvaluationException {
        return compiled.evaluate(row(Map.of()));
    }

    /** The expression over the row with these columns null. */
    static @Nullable Object evaluateWithNull(String expression, String... nullColumns) throws Exception {
        @Nullable Object[] row = row(Map.of());
        for (String column : nullColumns) {
            row[position(column)] = null;
        }
        return compile(expression).evaluate(row);
    }

    /** The expression over the row with these values in place of its own. */
    static @Nullable Object evaluate(String expression, Map<String, Object> replaced) throws Exception {
        return compile(expression).evaluate(row(replaced));
    }

    static @Nullable Object[] row() {
        return row(Map.of());
    }

    private static @Nullable Object[] row(Map<String, Object> replaced) {
        @Nullable Object[] row = VALUES.toArray();
        replaced.forEach((column, value) -> row[position(column)] = value);
        return row;
    }

    private static int position(String column) {
        return INPUTS.stream().map(Input::name).toList().indexOf(column);
    }
}
