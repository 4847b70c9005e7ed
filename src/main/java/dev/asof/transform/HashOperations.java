package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;

import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.window.ValueHash;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The bucket of a value among so many, by its hash: the same for ever, and wherever it is computed. */
final class HashOperations {

    private HashOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                of("hash_bucket", INT, HashOperations::ofLongs, INT, INT),
                of("hash_bucket", INT, HashOperations::ofObjects, STRING, INT),
                of("hash_bucket", INT, HashOperations::ofObjects, BOOL, INT));
    }

    private static Node ofLongs(List<Node> arguments) {
        OfLong values = arguments.get(0).longs();
        OfLong counts = arguments.get(1).longs();
        return Node.ofLong(frame -> {
            long value = values.evaluate(frame);
            long count = frame.isNull ? 0 : counts.evaluate(frame);
            return frame.isNull ? 0 : bucket(ValueHash.ofLong(value), count);
        });
    }

    private static Node ofObjects(List<Node> arguments) {
        OfObject values = arguments.get(0).objects();
        OfLong counts = arguments.get(1).longs();
        return Node.ofLong(frame -> {
            @Nullable Object value = values.evaluate(frame);
            frame.isNull = value == null;
            long count = frame.isNull ? 0 : counts.evaluate(frame);
            return value == null || frame.isNull ? 0 : bucket(ValueHash.of(value), count);
        });
    }

    private static long bucket(long hash, long count) throws EvaluationException {
        if (count < 1) {
            throw new EvaluationException("'hash_bucket' takes at least one bucket, not %s".formatted(count));
        }
        return Long.remainderUnsigned(hash, count);
    }
}
