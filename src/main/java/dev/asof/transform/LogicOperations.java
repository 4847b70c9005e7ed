package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Operation.takingNull;
import static dev.asof.transform.Operation.unary;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;
import static dev.asof.transform.Type.NULL;
import static dev.asof.transform.Type.SCALARS;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.cel.common.types.CelType;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Three-valued logic as in SQL, and the choices: the conditional operator and coalesce. */
final class LogicOperations {

    private LogicOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                        Stream.of(
                                of("_&&_", BOOL, args -> decidedBy(false, args), BOOL, BOOL),
                                of("_||_", BOOL, args -> decidedBy(true, args), BOOL, BOOL),
                                unary("!_", BOOL, BOOL, a -> !a)),
                        sameType().map(type -> conditional(type, type, type)),
                        sameType().map(type -> coalesce(type, type, type)),
                        mixedNumbers(),
                        sameType().filter(type -> !type.equals(TIMESTAMP)).flatMap(LogicOperations::orNull))
                .flatMap(operations -> operations);
    }

    private static Stream<Type<?>> sameType() {
        return Stream.concat(SCALARS.stream(), Stream.of(LIST));
    }

    private static Stream<Operation> mixedNumbers() {
        return Stream.of(
                conditional(DOUBLE, INT, DOUBLE),
                conditional(DOUBLE, DOUBLE, INT),
                coalesce(DOUBLE, INT, DOUBLE),
                coalesce(DOUBLE, DOUBLE, INT));
    }

    /** CEL's checker lets a null literal pass as a timestamp by itself. */
    private static Stream<Operation> orNull(Type<?> type) {
        return Stream.of(conditional(type, type, NULL), conditional(type, NULL, type));
    }

    /** One value decides the result whatever the other side is, null included; else a null side makes it null. */
    private static Node decidedBy(boolean deciding, List<Node> arguments) {
        Evaluator first = arguments.get(0).evaluator();
        Evaluator second = arguments.get(1).evaluator();
        return Node.of(BOOL.cel(), row -> {
            @Nullable Object left = first.evaluate(row);
            if (left != null && (Boolean) left == deciding) {
                return deciding;
            }
            @Nullable Object right = second.evaluate(row);
            return right != null && (Boolean) right != deciding ? left : right;
        });
    }

    private static Operation conditional(Type<?> result, Type<?> whenTrue, Type<?> whenFalse) {
        return takingNull("_?_:_", result, LogicOperations::conditional, BOOL, whenTrue, whenFalse);
    }

    private static Node conditional(List<Node> arguments) throws RefusedArgumentException {
        CelType type = commonType(arguments, 1);
        Evaluator condition = arguments.get(0).evaluator();
        Evaluator whenTrue = arguments.get(1).widenedTo(type).evaluator();
        Evaluator whenFalse = arguments.get(2).widenedTo(type).evaluator();
        return Node.of(type, row -> {
            @Nullable Object decision = condition.evaluate(row);
            return decision == null ? null : (Boolean) decision ? whenTrue.evaluate(row) : whenFalse.evaluate(row);
        });
    }

    private static Operation coalesce(Type<?> result, Type<?> first, Type<?> second) {
        return of("coalesce", result, LogicOperations::coalesce, first, second);
    }

    private static Node coalesce(List<Node> arguments) throws RefusedArgumentException {
        CelType type = commonType(arguments, 0);
        Evaluator first = arguments.get(0).widenedTo(type).evaluator();
        Evaluator second = arguments.get(1).widenedTo(type).evaluator();
        return Node.of(type, row -> {
            @Nullable Object value = first.evaluate(row);
            return value != null ? value : second.evaluate(row);
        });
    }

    private static CelType commonType(List<Node> arguments, int first) throws RefusedArgumentException {
        CelType a = arguments.get(first).type();
        CelType b = arguments.get(first + 1).type();
        return Node.commonType(a, b)
                .orElseThrow(() -> new RefusedArgumentException(
                        first + 1,
                        "%s does not go with the other choice, which is %s"
                                .formatted(TypeNames.of(b), TypeNames.of(a))));
    }
}
