package dev.asof.transform;

import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /** A function of one value that is not null. */
    @FunctionalInterface
    interface Unary<A, R> {
        @Nullable
        R apply(A a) throws EvaluationException;
    }

    /** A function of two values that are not null. */
    @FunctionalInterface
    interface Binary<A, B, R> {
        @Nullable
        R apply(A a, B b) throws EvaluationException;
    }

    Operation {
        parameters = List.copyOf(parameters);
    }

    /** An operation that gives null for null (rule C2). */
    static <A, R> Operation unary(String function, Type<A> a, Type<R> result, Unary<A, R> body) {
        return of(function, result, args -> Node.of(result.cel(), strict(args.get(0), body)), a);
    }

    /** An operation that gives null where either argument is null (rule C2). */
    static <A, B, R> Operation binary(String function, Type<A> a, Type<B> b, Type<R> result, Binary<A, B, R> body) {
        return of(function, result, args -> Node.of(result.cel(), strict(args.get(0), args.get(1), body)), a, b);
    }

    static Operation of(String function, Type<?> result, Lowering lowering, Type<?>... parameters) {
        return new Operation(function, celTypes(parameters), result.cel(), false, lowering);
    }

    static Operation takingNull(String function, Type<?> result, Lowering lowering, Type<?>... parameters) {
        return new Operation(function, celTypes(parameters), result.cel(), true, lowering);
    }

    /** The checker has seen to it that arguments have the classes of the declared types. */
    @SuppressWarnings("unchecked")
    static <A, R> Evaluator strict(Node argument, Unary<A, R> body) {
        Evaluator a = argument.evaluator();
        return row -> {
            @Nullable Object value = a.evaluate(row);
            return value == null ? null : body.apply((A) value);
        };
    }

    @SuppressWarnings("unchecked")
    static <A, B, R> Evaluator strict(Node first, Node second, Binary<A, B, R> body) {
        Evaluator a = first.evaluator();
        Evaluator b = second.evaluator();
        return row -> {
            @Nullable Object left = a.evaluate(row);
            if (left == null) {
                return null;
            }
            @Nullable Object right = b.evaluate(row);
            return right == null ? null : body.apply((A) left, (B) right);
        };
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
                || parameter.kind() == CelKind.LIST && argument.kind() == CelKind.LIST
                || parameter.kind() == CelKind.MAP && argument.kind() == CelKind.MAP && sameKey(parameter, argument)
                || parameter.equals(SimpleType.TIMESTAMP) && argument.equals(SimpleType.NULL_TYPE);
    }

    private static boolean sameKey(CelType a, CelType b) {
        return a.parameters().getFirst().equals(b.parameters().getFirst());
    }

    private static List<CelType> celTypes(Type<?>[] types) {
        return Stream.of(types).<CelType>map(Type::cel).toList();
    }
}
