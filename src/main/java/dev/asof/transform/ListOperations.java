package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Strict.longOf;
import static dev.asof.transform.Strict.objectAndLongs;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.ELEMENT;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.LIST;
import static dev.asof.transform.Type.SCALARS;

import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import dev.cel.common.types.CelType;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists: membership, indexing, size and slices. */
final class ListOperations {

    private ListOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                        SCALARS.stream().map(type -> of("@in", BOOL, ListOperations::in, type, LIST)),
                        SCALARS.stream().map(type -> of("contains", BOOL, ListOperations::contains, LIST, type)),
                        Stream.of(
                                of("_[_]", ELEMENT, ListOperations::at, LIST, INT),
                                of("size", INT, args -> longOf(args, (List<?> list) -> list.size()), LIST),
                                of("slice", LIST, ListOperations::slice, LIST, INT, INT)))
                .flatMap(operations -> operations);
    }

    private static Node in(List<Node> arguments) throws RefusedArgumentException {
        return membership(arguments.get(0), arguments.get(1));
    }

    private static Node contains(List<Node> arguments) throws RefusedArgumentException {
        return membership(arguments.get(1), arguments.get(0));
    }

    private static Node membership(Node value, Node list) throws RefusedArgumentException {
        CelType element = elementOf(list);
        if (Node.commonType(value.type(), element).isEmpty()) {
            throw new RefusedArgumentException(
                    1, "%s cannot be in a list of %s".formatted(TypeNames.of(value.type()), TypeNames.of(element)));
        }
        OfLong position = Search.position(value, list.objects());
        return Node.ofBoolean(frame -> {
            long found = position.evaluate(frame);
            frame.isNull |= found == Search.UNKNOWN;
            return !frame.isNull && found >= 0;
        });
    }

    private static Node at(List<Node> arguments) {
        OfObject lists = arguments.get(0).objects();
        OfLong indexes = arguments.get(1).longs();
        return Node.unboxed(elementOf(arguments.get(0)), frame -> {
            @Nullable Object list = lists.evaluate(frame);
            if (list == null) {
                return null;
            }
            long index = indexes.evaluate(frame);
            return frame.isNull ? null : element((List<?>) list, index);
        });
    }

    private static @Nullable Object element(List<?> list, long index) throws EvaluationException {
        if (index < 0 || index >= list.size()) {
            throw new EvaluationException("there is no element %s in a list of %s".formatted(index, list.size()));
        }
        return list.get((int) index);
    }

    private static Node slice(List<Node> arguments) {
        return Node.of(arguments.getFirst().type(), objectAndLongs(arguments, ListOperations::part));
    }

    private static List<?> part(List<?> list, long from, long to) {
        int start = cut(from, list.size());
        return list.subList(start, Math.max(start, cut(to, list.size())));
    }

    /** A position, or the end of what it is beyond. */
    static int cut(long position, int size) {
        return Math.clamp(position, 0, size);
    }

    static CelType elementOf(Node list) {
        return list.type().parameters().getFirst();
    }
}
