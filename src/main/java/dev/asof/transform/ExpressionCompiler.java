package dev.asof.transform;

import dev.asof.shared.ValueType;
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
 * Compiles CEL expressions over the columns of a row (rules C1 and C2). CEL's own parser and checker read them, with
 * our operators and functions in place of CEL's; {@code docs/expressions.md} lists them.
 */
public final class ExpressionCompiler {

    /**
     * The version of what expressions mean, part of the hash of every view that has one. Raise it with any change
     * that gives an expression that compiled before another value, status or type for some row; not for new
     * functions, messages or speed.
     */
    public static final int EVALUATOR_VERSION = 1;

    /** A column an expression may read; its position in the list is its position in the row. */
    public record Input(String name, ValueType type) {}

    private record Compiled(ValueType type, Set<String> columns, Evaluator evaluator, Work work)
            implements CompiledExpression {

        @Override
        public @Nullable Object evaluate(@Nullable Object[] row) throws EvaluationException {
            work.check(row);
            return Result.convert(evaluator.evaluate(row), type);
        }
    }

    private ExpressionCompiler() {}

    /**
     * Compiles an expression of at most 10,000 characters.
     *
     * @param inputs with names that differ
     * @param declared the type the result must fit: an int fits INT32, INT64, FLOAT32 and FLOAT64, a float FLOAT32 and
     *     FLOAT64, anything else its own type, a list as its elements do; a value out of the type's range fails when
     *     evaluated. Empty to infer INT64 for an int, FLOAT64 for a float
     * @throws ExpressionException with every problem and its position
     */
    public static CompiledExpression compile(String expression, List<Input> inputs, Optional<ValueType> declared)
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
        CelCompiler compiler = Environment.withColumns(inputs);
        CelAbstractSyntaxTree parsed = parse(compiler, expression, inputs);
        var problems = new Problems(parsed, inputs);
        CelValidationResult checked = compiler.check(parsed);
        checked.getErrors().forEach(problems::add);
        problems.throwIfAny();
        return lower(ast(checked), inputs, declared, problems);
    }

    private static CelAbstractSyntaxTree parse(CelCompiler compiler, String expression, List<Input> inputs)
            throws ExpressionException {
        CelValidationResult parsed = compiler.parse(expression);
        if (parsed.hasError()) {
            throw new ExpressionException(SyntaxProblems.of(parsed.getErrors(), inputs));
        }
        return ast(parsed);
    }

    private static CompiledExpression lower(
            CelAbstractSyntaxTree checked, List<Input> inputs, Optional<ValueType> declared, Problems problems)
            throws ExpressionException {
        var lowering = new Lowering(checked, List.copyOf(inputs), problems);
        Node node = lowering.lower();
        problems.throwIfAny();
        Optional<ValueType> inferred = TypeNames.value(node.type());
        Optional<ValueType> type = inferred.flatMap(from -> Result.fitting(from, declared));
        if (type.isEmpty()) {
            problems.addForWhole("type_mismatch", mismatch(node, declared));
            problems.throwIfAny();
        }
        return new Compiled(type.orElseThrow(), lowering.columns(), node.evaluator(), lowering.work());
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
