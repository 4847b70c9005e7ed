package dev.asof.transform;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.ast.CelExpr;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What CEL's parser and checker know: our operators and functions in place of CEL's own, and no macros but those that
 * let min, max and coalesce take up to eight values.
 */
final class Environment {

    /** In code points. */
    static final int MAX_LENGTH = 10_000;

    /** Beyond it CEL's parser runs out of stack on a thread with half the usual stack. */
    static final int MAX_DEPTH = 100;

    private static final int MAX_VALUES = 8;
    private static final List<String> VARIADIC = List.of("min", "max", "coalesce");

    /** Those that also take one list. */
    private static final Set<String> OF_LISTS = Set.of("min", "max");

    private static final Map<String, List<Operation>> BY_FUNCTION = Stream.of(
                    ArithmeticOperations.all(),
                    ComparisonOperations.all(),
                    LogicOperations.all(),
                    ListOperations.all(),
                    MapOperations.all(),
                    BucketizeOperations.all(),
                    NumberListOperations.all(),
                    PlaceOperations.all(),
                    HashOperations.all(),
                    TextOperations.all(),
                    TimeOperations.all(),
                    ConversionOperations.all())
            .flatMap(operations -> operations)
            .collect(Collectors.groupingBy(Operation::function));

    private static final Map<String, Operation> BY_OVERLOAD = byOverload();

    private static final CelCompiler WITHOUT_INPUTS = CelCompilerFactory.standardCelCompilerBuilder()
            .setStandardEnvironmentEnabled(false)
            .setStandardMacros()
            .addMacros(VARIADIC.stream().map(Environment::inPairs).toList())
            .setOptions(CelOptions.current()
                    .maxExpressionCodePointSize(MAX_LENGTH)
                    .maxParseRecursionDepth(MAX_DEPTH)
                    .build())
            .addFunctionDeclarations(BY_FUNCTION.entrySet().stream()
                    .map(entry -> declaration(entry.getKey(), entry.getValue()))
                    .toList())
            .build();

    private Environment() {}

    static CelCompiler withInputs(Inputs inputs) {
        var builder = WITHOUT_INPUTS.toCompilerBuilder();
        inputs.stream().forEach(input -> builder.addVar(input.name(), TypeNames.cel(input)));
        return builder.build();
    }

    /** The operation behind one of the overload ids in the checker's references. */
    static Operation operation(String overloadId) {
        return Objects.requireNonNull(BY_OVERLOAD.get(overloadId), overloadId);
    }

    /** Every overload of a function; empty when there is no such function. */
    static List<Operation> operations(String function) {
        return BY_FUNCTION.getOrDefault(function, List.of());
    }

    /** The functions that are called by name. */
    static List<String> functionNames() {
        return BY_FUNCTION.entrySet().stream()
                .filter(entry -> !entry.getValue().getFirst().isOperator())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static CelFunctionDecl declaration(String function, List<Operation> operations) {
        return CelFunctionDecl.newFunctionDeclaration(
                function, operations.stream().flatMap(Environment::overloads).toList());
    }

    private static Stream<CelOverloadDecl> overloads(Operation operation) {
        var global =
                CelOverloadDecl.newGlobalOverload(operation.globalId(), operation.result(), operation.parameters());
        if (operation.isOperator()) {
            return Stream.of(global);
        }
        return Stream.of(
                global,
                CelOverloadDecl.newMemberOverload(operation.memberId(), operation.result(), operation.parameters()));
    }

    private static Map<String, Operation> byOverload() {
        var found = new HashMap<String, Operation>();
        BY_FUNCTION
                .values()
                .forEach(operations -> operations.forEach(operation -> {
                    found.put(operation.globalId(), operation);
                    found.put(operation.memberId(), operation);
                }));
        return Map.copyOf(found);
    }

    private static CelMacro inPairs(String function) {
        return CelMacro.newGlobalVarArgMacro(
                function, (factory, target, arguments) -> inPairs(factory, function, arguments));
    }

    private static Optional<CelExpr> inPairs(CelMacroExprFactory factory, String function, List<CelExpr> arguments) {
        if (arguments.size() == 1 && OF_LISTS.contains(function)) {
            return Optional.empty();
        }
        if (arguments.size() < 2 || arguments.size() > MAX_VALUES) {
            return Optional.of(factory.reportError(
                    "'%s' takes 2 to %s values, not %s".formatted(function, MAX_VALUES, arguments.size())));
        }
        if (arguments.size() == 2) {
            return Optional.empty();
        }
        return Optional.of(paired(factory, function, arguments));
    }

    /** Halved rather than folded from one side, so that nested calls stay shallow. */
    private static CelExpr paired(CelMacroExprFactory factory, String function, List<CelExpr> arguments) {
        if (arguments.size() == 1) {
            return arguments.getFirst();
        }
        int half = arguments.size() / 2;
        return factory.newGlobalCall(
                function,
                paired(factory, function, arguments.subList(0, half)),
                paired(factory, function, arguments.subList(half, arguments.size())));
    }
}
