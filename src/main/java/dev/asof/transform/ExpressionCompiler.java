package dev.asof.transform;

import dev.asof.shared.ScalarType;
import dev.asof.shared.ValueType;
import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.ExpressionException.Problem;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.compiler.CelCompiler;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles CEL expressions over the values of a row (rules C1 and C2). CEL's own parser and checker read them, with
 * our operators and functions in place of CEL's; {@code docs/expressions.md} lists them.
 */
public final class ExpressionCompiler {

    /**
     * The version of what expressions mean, part of the hash of every view that has one. Raise it with any change
     * that gives an expression that compiled before another value, status or type for some row; not for new
     * functions, messages or speed.
     */
    public static final int EVALUATOR_VERSION = 1;

    /**
     * What an expression may read. Inputs stand in a row one after the other, in the order of their list.
     *
     * @param name plain or with one qualifier before a dot
     * @param type of its value, or of each value of a map
     * @param key of a map, STRING, INT32, INT64 or BOOLEAN: it takes two positions of the row, the list of keys and the
     *     list of their values, which are as long; both lists are null where the map is. Keys differ, and are not null
     */
    public record Input(String name, ValueType type, Optional<ScalarType> key) {

        public Input {
            if (key.isPresent() && !KEYS.contains(key.get())) {
                throw new IllegalArgumentException("No map has keys of " + key.get());
            }
        }

        /** A single value. */
        public Input(String name, ValueType type) {
            this(name, type, Optional.empty());
        }

        /** The answer of an aggregate of each value of a column. */
        public static Input map(String name, ScalarType key, ValueType value) {
            return new Input(name, value, Optional.of(key));
        }

        int width() {
            return key.isPresent() ? 2 : 1;
        }
    }

    private static final Set<ScalarType> KEYS =
            Set.of(ScalarType.STRING, ScalarType.INT32, ScalarType.INT64, ScalarType.BOOLEAN);

    private record Compiled(ValueType type, Set<String> inputs, OfObject result, Work work)
            implements CompiledExpression {

        @Override
        public long steps(@Nullable Object[] row) {
            return work.steps(row);
        }

        @Override
        public @Nullable Object evaluate(@Nullable Object[] row) throws EvaluationException {
            work.check(row);
            return result.evaluate(new Frame(row, work.counted()));
        }
    }

    private ExpressionCompiler() {}

    /** Compiles an expression over the columns of a source. */
    public static CompiledExpression compile(String expression, List<Input> columns, Optional<ValueType> declared)
            throws ExpressionException {
        return compile(expression, Inputs.ofColumns(columns), declared);
    }

    /**
     * Compiles an expression of at most 10,000 characters.
     *
     * @param declared the type the result must fit: an int fits INT32, INT64, FLOAT32 and FLOAT64, a float FLOAT32 and
     *     FLOAT64, anything else its own type, a list as its elements do; a value out of the type's range fails when
     *     evaluated. Empty to infer INT64 for an int, FLOAT64 for a float
     * @throws ExpressionException with every problem and its position
     */
    public static CompiledExpression compile(String expression, Inputs inputs, Optional<ValueType> declared)
            throws ExpressionException {
        if (expression.codePointCount(0, expression.length()) > Environment.MAX_LENGTH) {
            throw new ExpressionException(List.of(new Problem(
                    1,
                    1,
                    "syntax",
                    "The expression is longer than %s characters: split it into several features"
                            .formatted(Environment.MAX_LENGTH),
                    List.of())));
        }
        CelCompiler compiler = Environment.withInputs(inputs);
        CelAbstractSyntaxTree parsed = parse(compiler, expression, inputs);
        var problems = new Problems(parsed, inputs);
        CelValidationResult checked = compiler.check(parsed);
        checked.getErrors().forEach(problems::add);
        problems.throwIfAny();
        return lower(ast(checked), inputs, declared, problems);
    }

    private static CelAbstractSyntaxTree parse(CelCompiler compiler, String expression, Inputs inputs)
            throws ExpressionException {
        CelValidationResult parsed = compiler.parse(expression);
        if (parsed.hasError()) {
            throw new ExpressionException(SyntaxProblems.of(parsed.getErrors(), inputs));
        }
        return ast(parsed);
    }

    private static CompiledExpression lower(
            CelAbstractSyntaxTree checked, Inputs inputs, Optional<ValueType> declared, Problems problems)
            throws ExpressionException {
        var lowering = new Lowering(checked, inputs, problems);
        Node node = lowering.lower();
        problems.throwIfAny();
        Optional<ValueType> inferred = TypeNames.value(node.type());
        Optional<ValueType> type = inferred.flatMap(from -> Result.fitting(from, declared));
        if (type.isEmpty()) {
            problems.addForWhole("type_mismatch", mismatch(node, declared));
            problems.throwIfAny();
        }
        return new Compiled(
                type.orElseThrow(), lowering.inputsRead(), Result.of(node, type.orElseThrow()), lowering.work());
    }

    private static String mismatch(Node node, Optional<ValueType> declared) {
        if (node.isNull()) {
            return "The expression is always null, which has no type";
        }
        if (declared.isEmpty()) {
            return "The expression gives %s, which is no type of a feature".formatted(TypeNames.of(node.type()));
        }
        return "The expression gives %s, which does not fit the declared type %s"
                .formatted(TypeNames.of(node.type()), declared.get());
    }

    private static CelAbstractSyntaxTree ast(CelValidationResult result) {
        try {
            return result.getAst();
        } catch (CelValidationException e) {
            throw new IllegalStateException("CEL has errors that it did not list", e);
        }
    }
}
