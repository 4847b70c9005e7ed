package dev.asof.transform;

import dev.asof.transform.Evaluator.OfDouble;
import dev.asof.transform.Evaluator.OfLong;
import dev.asof.transform.Evaluator.OfObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Steps that give null where an argument is null, without looking at the arguments behind it (rule C2). Each kind takes what
 * its function takes: {@code long}s, {@code double}s, or objects.
 */
final class Strict {

    /** INT64 of one INT64. */
    @FunctionalInterface
    interface Long1 {
        long apply(long a) throws EvaluationException;
    }

    /** INT64 of two INT64s. */
    @FunctionalInterface
    interface Long2 {
        long apply(long a, long b) throws EvaluationException;
    }

    /** INT64 of a FLOAT64. */
    @FunctionalInterface
    interface LongOfDouble {
        long apply(double a) throws EvaluationException;
    }

    /** FLOAT64 of a FLOAT64. */
    @FunctionalInterface
    interface Double1 {
        double apply(double a) throws EvaluationException;
    }

    /** FLOAT64 of two FLOAT64s. */
    @FunctionalInterface
    interface Double2 {
        double apply(double a, double b) throws EvaluationException;
    }

    /** FLOAT64 of a FLOAT64 and an INT64. */
    @FunctionalInterface
    interface DoubleAndLong {
        double apply(double a, long b) throws EvaluationException;
    }

    /** INT64 of an object. */
    @FunctionalInterface
    interface LongOf<A> {
        long apply(A a) throws EvaluationException;
    }

    /** FLOAT64 of an object. */
    @FunctionalInterface
    interface DoubleOf<A> {
        double apply(A a) throws EvaluationException;
    }

    /** FLOAT64 of two objects. */
    @FunctionalInterface
    interface DoubleOf2<A, B> {
        double apply(A a, B b) throws EvaluationException;
    }

    /** BOOLEAN of two objects. */
    @FunctionalInterface
    interface BooleanOf2<A, B> {
        boolean apply(A a, B b) throws EvaluationException;
    }

    /** An object of an object. */
    @FunctionalInterface
    interface Object1<A, R> {
        @Nullable
        R apply(A a) throws EvaluationException;
    }

    /** An object of two objects. */
    @FunctionalInterface
    interface Object2<A, B, R> {
        @Nullable
        R apply(A a, B b) throws EvaluationException;
    }

    /** An object of an object and two INT64s. */
    @FunctionalInterface
    interface ObjectAndLongs<A, R> {
        R apply(A a, long b, long c) throws EvaluationException;
    }

    private Strict() {}

    static Node longs(List<Node> arguments, Long1 body) {
        OfLong a = arguments.getFirst().longs();
        return Node.ofLong(frame -> {
            long value = a.evaluate(frame);
            return frame.isNull ? 0 : body.apply(value);
        });
    }

    static Node longs(List<Node> arguments, Long2 body) {
        OfLong a = arguments.get(0).longs();
        OfLong b = arguments.get(1).longs();
        return Node.ofLong(frame -> {
            long left = a.evaluate(frame);
            if (frame.isNull) {
                return 0;
            }
            long right = b.evaluate(frame);
            return frame.isNull ? 0 : body.apply(left, right);
        });
    }

    static Node longOfDouble(List<Node> arguments, LongOfDouble body) {
        OfDouble a = arguments.getFirst().doubles();
        return Node.ofLong(frame -> {
            double value = a.evaluate(frame);
            return frame.isNull ? 0 : body.apply(value);
        });
    }

    static Node doubles(List<Node> arguments, Double1 body) {
        OfDouble a = arguments.getFirst().doubles();
        return Node.ofDouble(frame -> {
            double value = a.evaluate(frame);
            return frame.isNull ? 0 : body.apply(value);
        });
    }

    static Node doubles(List<Node> arguments, Double2 body) {
        OfDouble a = arguments.get(0).doubles();
        OfDouble b = arguments.get(1).doubles();
        return Node.ofDouble(frame -> {
            double left = a.evaluate(frame);
            if (frame.isNull) {
                return 0;
            }
            double right = b.evaluate(frame);
            return frame.isNull ? 0 : body.apply(left, right);
        });
    }

    static Node doubleAndLong(List<Node> arguments, DoubleAndLong body) {
        OfDouble a = arguments.get(0).doubles();
        OfLong b = arguments.get(1).longs();
        return Node.ofDouble(frame -> {
            double left = a.evaluate(frame);
            if (frame.isNull) {
                return 0;
            }
            long right = b.evaluate(frame);
            return frame.isNull ? 0 : body.apply(left, right);
        });
    }

    /** The checker has seen to it that arguments have the classes of the declared types. */
    @SuppressWarnings("unchecked")
    static <A> Node longOf(List<Node> arguments, LongOf<A> body) {
        OfObject a = arguments.getFirst().objects();
        return Node.ofLong(frame -> {
            @Nullable Object value = a.evaluate(frame);
            frame.isNull = value == null;
            return value == null ? 0 : body.apply((A) value);
        });
    }

    @SuppressWarnings("unchecked")
    static <A> Node doubleOf(List<Node> arguments, DoubleOf<A> body) {
        OfObject a = arguments.getFirst().objects();
        return Node.ofDouble(frame -> {
            @Nullable Object value = a.evaluate(frame);
            frame.isNull = value == null;
            return value == null ? 0 : body.apply((A) value);
        });
    }

    @SuppressWarnings("unchecked")
    static <A, B> Node doubleOf(List<Node> arguments, DoubleOf2<A, B> body) {
        OfObject a = arguments.get(0).objects();
        OfObject b = arguments.get(1).objects();
        return Node.ofDouble(frame -> {
            @Nullable Object left = a.evaluate(frame);
            @Nullable Object right = left == null ? null : b.evaluate(frame);
            frame.isNull = right == null;
            return left == null || right == null ? 0 : body.apply((A) left, (B) right);
        });
    }

    @SuppressWarnings("unchecked")
    static <A, B> Node booleanOf(List<Node> arguments, BooleanOf2<A, B> body) {
        OfObject a = arguments.get(0).objects();
        OfObject b = arguments.get(1).objects();
        return Node.ofBoolean(frame -> {
            @Nullable Object left = a.evaluate(frame);
            @Nullable Object right = left == null ? null : b.evaluate(frame);
            frame.isNull = right == null;
            return left != null && right != null && body.apply((A) left, (B) right);
        });
    }

    @SuppressWarnings("unchecked")
    static <A, R> OfObject object(Node argument, Object1<A, R> body) {
        OfObject a = argument.objects();
        return frame -> {
            @Nullable Object value = a.evaluate(frame);
            return value == null ? null : body.apply((A) value);
        };
    }

    @SuppressWarnings("unchecked")
    static <A, B, R> OfObject object(Node first, Node second, Object2<A, B, R> body) {
        OfObject a = first.objects();
        OfObject b = second.objects();
        return frame -> {
            @Nullable Object left = a.evaluate(frame);
            @Nullable Object right = left == null ? null : b.evaluate(frame);
            return left == null || right == null ? null : body.apply((A) left, (B) right);
        };
    }

    @SuppressWarnings("unchecked")
    static <A, R> OfObject objectAndLongs(List<Node> arguments, ObjectAndLongs<A, R> body) {
        OfObject a = arguments.get(0).objects();
        OfLong b = arguments.get(1).longs();
        OfLong c = arguments.get(2).longs();
        return frame -> {
            @Nullable Object value = a.evaluate(frame);
            if (value == null) {
                return null;
            }
            long first = b.evaluate(frame);
            if (frame.isNull) {
                return null;
            }
            long second = c.evaluate(frame);
            return frame.isNull ? null : body.apply((A) value, first, second);
        };
    }
}
