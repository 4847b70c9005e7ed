package dev.asof.transform;

import static dev.asof.transform.Operation.binary;
import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Operation.strict;
import static dev.asof.transform.Operation.unary;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.ELEMENT;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;

import java.util.stream.Stream;

/** Maps, which only inputs are: the value of a key, whether there is one, and how many there are. */
final class MapOperations {

    private MapOperations() {}

    static Stream<Operation> all() {
        return Stream.of(byKey(STRING), byKey(INT), byKey(BOOL)).flatMap(operations -> operations);
    }

    private static <K> Stream<Operation> byKey(Type<K> key) {
        Type<Buckets> map = Type.mapFrom(key);
        return Stream.of(
                of("_[_]", ELEMENT, args -> valueOf(args.get(0), args.get(1)), map, key),
                binary("@in", key, map, BOOL, (value, buckets) -> buckets.contains(value)),
                unary("size", map, INT, buckets -> (long) buckets.keys().size()));
    }

    private static Node valueOf(Node map, Node key) {
        return Node.of(map.type().parameters().get(1), strict(map, key, Buckets::get));
    }
}
