package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Operation.takingNull;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;
import static dev.asof.transform.Type.NULL;
import static dev.asof.transform.Type.SCALARS;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.transform.Evaluator.OfBoolean;
import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
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
                                of("!_", BOOL, LogicOperations::not, BOOL)),
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

    private static Node not(List<Node> arguments) {
        OfBoolean a = arguments.getFirst().booleans();
        return Node.ofBoolean(frame -> !a.evaluate(frame) && !frame.isNull);
    }

    /** One value decides the result whatever the other side is, null included; else a null side makes it null. */
    private static Node decidedBy(boolean deciding, List<Node> arguments) {
        OfBoolean first = arguments.get(0).booleans();
        OfBoolean second = arguments.get(1).booleans();
        return Node.ofBoolean(frame -> {
            boolean left = first.evaluate(frame);
            boolean leftIsNull = frame.isNull;
            if (!leftIsNull && left == deciding) {
                return deciding;
            }
            boolean right = second.evaluate(frame);
            if (!frame.isNull && right == deciding) {
                return deciding;
            }
            frame.isNull |= leftIsNull;
            return !frame.isNull && !deciding;
        });
    }

    private static Operation conditional(Type<?> result, Type<?> whenTrue, Type<?> whenFalse) {
        return takingNull("_?_:_", result, LogicOperations::conditional, BOOL, whenTrue, whenFalse);
    }

    private static Node conditional(List<Node> arguments) throws RefusedArgumentException {
        CelType type = commonType(arguments, 1);
        OfBoolean condition = arguments.get(0).booleans();
        Node whenTrue = arguments.get(1);
        Node whenFalse = arguments.get(2);
        if (type.equals(INT.cel())) {
            return conditional(condition, whenTrue.longs(), whenFalse.longs());
        }
        if (type.equals(DOUBLE.cel())) {
            return conditional(condition, whenTrue.doubles(), whenFalse.doubles());
        }
        if (type.equals(BOOL.cel())) {
            return conditional(condition, whenTrue.booleans(), whenFalse.booleans());
        }
        OfObject first = whenTrue.objects();
        OfObject second = whenFalse.objects();
        return Node.of(type, frame -> {
            boolean decision = condition.evaluate(frame);
            return frame.isNull ? null : decision ? first.evaluate(frame) : second.evaluate(frame);
        });
    }

    private static Node conditional(OfBoolean condition, OfLong whenTrue, OfLong whenFalse) {
        return Node.ofLong(frame -> {
            boolean decision = condition.evaluate(frame);
            return frame.isNull ? 0 : decision ? whenTrue.evaluate(frame) : whenFalse.evaluate(frame);
        });
    }

    private static Node conditional(OfBoolean condition, OfDouble whenTrue, OfDouble whenFalse) {
        return Node.ofDouble(frame -> {
            boolean decision = condition.evaluate(frame);
            return frame.isNull ? 0 : decision ? whenTrue.evaluate(frame) : whenFalse.evaluate(frame);
        });
    }

    private static Node conditional(OfBoolean condition, OfBoolean whenTrue, OfBoolean whenFalse) {
        return Node.ofBoolean(frame -> {
            boolean decision = condition.evaluate(frame);
            return !frame.isNull && (decision ? whenTrue.evaluate(frame) : whenFalse.evaluate(frame));
        });
    }

    private static Operation coalesce(Type<?> result, Type<?> first, Type<?> second) {
        return of("coalesce", result, LogicOperations::coalesce, first, second);
    }

    private static Node coalesce(List<Node> arguments) throws RefusedArgumentException {
        CelType type = commonType(arguments, 0);
        Node first = arguments.get(0);
        Node second = arguments.get(1);
        if (type.equals(INT.cel())) {
            return coalesce(first.longs(), second.longs());
        }
        if (type.equals(DOUBLE.cel())) {
            return coalesce(first.doubles(), second.doubles());
        }
        if (type.equals(BOOL.cel())) {
            return coalesce(first.booleans(), second.booleans());
        }
        OfObject a = first.objects();
        OfObject b = second.objects();
        return Node.of(type, frame -> {
            @Nullable Object value = a.evaluate(frame);
            return value != null ? value : b.evaluate(frame);
        });
    }

    private static Node coalesce(OfLong first, OfLong second) {
        return Node.ofLong(frame -> {
            long value = first.evaluate(frame);
            return frame.isNull ? second.evaluate(frame) : value;
        });
    }

    private static Node coalesce(OfDouble first, OfDouble second) {
        return Node.ofDouble(frame -> {
            double value = first.evaluate(frame);
            return frame.isNull ? second.evaluate(frame) : value;
        });
    }

    private static Node coalesce(OfBoolean first, OfBoolean second) {
        return Node.ofBoolean(frame -> {
            boolean value = first.evaluate(frame);
            return frame.isNull ? second.evaluate(frame) : value;
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
