package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Strict.longOf;
import static dev.asof.transform.Strict.object;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.ELEMENT;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;

import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.window.ShortText;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Maps, which only inputs are: the value of a key, whether there is one, and how many there are. */
final class MapOperations {

    private MapOperations() {}

    static Stream<Operation> all() {
        return Stream.of(byKey(STRING), byKey(INT), byKey(BOOL)).flatMap(operations -> operations);
    }

    private static Stream<Operation> byKey(Type<?> key) {
        Type<Buckets> map = Type.mapFrom(key);
        return Stream.of(
                of("_[_]", ELEMENT, MapOperations::valueOf, map, key),
                of("@in", BOOL, MapOperations::in, key, map),
                of(
                        "size",
                        INT,
                        args -> longOf(args, (Buckets buckets) -> buckets.keys().size()),
                        map));
    }

    /** Null where the key is absent. */
    private static Node valueOf(List<Node> arguments) {
        Node map = arguments.get(0);
        OfObject maps = map.objects();
        OfLong position = position(arguments.get(1), map);
        return Node.unboxed(map.type().parameters().get(1), frame -> {
            long found = position.evaluate(frame);
            if (frame.isNull || found < 0) {
                return null;
            }
            @Nullable Object buckets = maps.evaluate(frame);
            return buckets == null ? null : ((Buckets) buckets).values().get((int) found);
        });
    }

    private static Node in(List<Node> arguments) {
        OfLong position = position(arguments.get(0), arguments.get(1));
        return Node.ofBoolean(frame -> {
            long found = position.evaluate(frame);
            return !frame.isNull && found >= 0;
        });
    }

    /** Texts are told apart by as much as aggregates keep of them. */
    private static OfLong position(Node key, Node map) {
        Node kept = key.type().equals(STRING.cel()) ? Node.of(STRING.cel(), object(key, ShortText::of)) : key;
        return Search.position(kept, object(map, Buckets::keys));
    }
}
