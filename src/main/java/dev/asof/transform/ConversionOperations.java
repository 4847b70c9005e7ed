package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Strict.doubleOf;
import static dev.asof.transform.Strict.doubles;
import static dev.asof.transform.Strict.longOf;
import static dev.asof.transform.Strict.longOfDouble;
import static dev.asof.transform.Strict.longs;
import static dev.asof.transform.Strict.object;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.shared.Timestamps;
import dev.asof.transform.Strict.Object1;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Conversions between types: {@code int()} cuts off fractions, and text must be a number as a whole. */
final class ConversionOperations {

    /** Java would also read hexadecimal floats, type suffixes and surrounding blanks. */
    private static final Pattern DECIMAL = Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

    private ConversionOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                of("int", INT, args -> longs(args, a -> a), INT),
                of("int", INT, args -> longOfDouble(args, ConversionOperations::truncated), DOUBLE),
                of("int", INT, args -> longOf(args, (Boolean a) -> a ? 1 : 0), BOOL),
                of("int", INT, args -> longOf(args, ConversionOperations::parseLong), STRING),
                of("double", DOUBLE, args -> doubles(args, a -> a), INT),
                of("double", DOUBLE, args -> doubles(args, a -> a), DOUBLE),
                of("double", DOUBLE, args -> doubleOf(args, (Boolean a) -> a ? 1 : 0), BOOL),
                of("double", DOUBLE, args -> doubleOf(args, ConversionOperations::parseDouble), STRING),
                text(STRING, a -> a),
                text(INT, a -> Long.toString(a)),
                text(DOUBLE, a -> Double.toString(a)),
                text(BOOL, a -> Boolean.toString(a)),
                text(TIMESTAMP, Timestamps::format));
    }

    private static <A> Operation text(Type<A> from, Object1<A, String> body) {
        return of("string", STRING, args -> Node.of(STRING.cel(), object(args.getFirst(), body)), from);
    }

    private static long truncated(double value) throws EvaluationException {
        return Numbers.toLong(value < 0 ? Math.ceil(value) : Math.floor(value), "int");
    }

    private static long parseLong(String text) throws EvaluationException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new EvaluationException("'%s' is not an INT64".formatted(text));
        }
    }

    private static double parseDouble(String text) throws EvaluationException {
        if (!DECIMAL.matcher(text).matches()) {
            throw new EvaluationException("'%s' is not a number".formatted(text));
        }
        return Numbers.finite(Double.parseDouble(text), "double");
    }
}
