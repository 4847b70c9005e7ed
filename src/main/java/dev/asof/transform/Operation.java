package dev.asof.transform;

import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One overload of an operator or function: what CEL's checker is told about it, and how it is evaluated.
 *
 * @param function CEL's name, such as {@code _+_} or {@code lower}
 * @param takesNull whether the literal {@code null} is an argument it can do something with
 */
record Operation(String function, List<CelType> parameters, CelType result, boolean takesNull, Lowering lowering) {

    /** Makes the evaluator of a call, given its arguments. */
    @FunctionalInterface
    interface Lowering {
        Node lower(List<Node> arguments) throws RefusedArgumentException;
    }

    Operation {
        parameters = List.copyOf(parameters);
    }

    static Operation of(String function, Type<?> result, Lowering lowering, Type<?>... parameters) {
        return new Operation(function, celTypes(parameters), result.cel(), false, lowering);
    }

    static Operation takingNull(String function, Type<?> result, Lowering lowering, Type<?>... parameters) {
        return new Operation(function, celTypes(parameters), result.cel(), true, lowering);
    }

    /** CEL's identifier of this overload, called {@code f(a, b)}. */
    String globalId() {
        return function
                + parameters.stream().map(CelType::name).collect(Collectors.joining(",", "(", ")"))
                + parameters.stream()
                        .flatMap(type -> type.parameters().stream())
                        .map(CelType::name)
                        .toList();
    }

    /** CEL's identifier of this overload, called {@code a.f(b)}. */
    String memberId() {
        return "member " + globalId();
    }

    boolean isOperator() {
        return !Character.isLetter(function.charAt(0));
    }

    /** Whether arguments of these types fit; the checker is less exact where a list mixes ints and floats. */
    boolean accepts(List<Node> arguments) {
        return parameters.size() == arguments.size()
                && Stream.iterate(0, i -> i < parameters.size(), i -> i + 1)
                        .allMatch(
                                i -> accepts(parameters.get(i), arguments.get(i).type()));
    }

    private static boolean accepts(CelType parameter, CelType argument) {
        return parameter.equals(argument)
                || parameter.kind() == CelKind.LIST && argument.kind() == CelKind.LIST && fits(parameter, argument)
                || parameter.kind() == CelKind.MAP && argument.kind() == CelKind.MAP && fits(parameter, argument)
                || parameter.equals(SimpleType.TIMESTAMP) && argument.equals(SimpleType.NULL_TYPE);
    }

    /** Whether what is in a list, or by what values of a map are found, is of the type, or of any. */
    private static boolean fits(CelType parameter, CelType argument) {
        CelType of = parameter.parameters().getFirst();
        return of.kind() == CelKind.TYPE_PARAM
                || of.equals(argument.parameters().getFirst());
    }

    private static List<CelType> celTypes(Type<?>[] types) {
        return Stream.of(types).<CelType>map(Type::cel).toList();
    }
}
