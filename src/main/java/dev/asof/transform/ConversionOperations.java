package dev.asof.transform;

import static dev.asof.transform.Operation.unary;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.DOUBLE;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;
import static dev.asof.transform.Type.TIMESTAMP;

import dev.asof.shared.Timestamps;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Conversions between types: {@code int()} cuts off fractions, and text must be a number as a whole. */
final class ConversionOperations {

    /** Java would also read hexadecimal floats, type suffixes and surrounding blanks. */
    private static final Pattern DECIMAL = Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

    private ConversionOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                unary("int", INT, INT, a -> a),
                unary("int", DOUBLE, INT, ConversionOperations::truncated),
                unary("int", BOOL, INT, a -> a ? 1L : 0L),
                unary("int", STRING, INT, ConversionOperations::parseLong),
                unary("double", INT, DOUBLE, Long::doubleValue),
                unary("double", DOUBLE, DOUBLE, a -> a),
                unary("double", BOOL, DOUBLE, a -> a ? 1.0 : 0.0),
                unary("double", STRING, DOUBLE, ConversionOperations::parseDouble),
                unary("string", STRING, STRING, a -> a),
                unary("string", INT, STRING, a -> Long.toString(a)),
                unary("string", DOUBLE, STRING, a -> Double.toString(a)),
                unary("string", BOOL, STRING, a -> Boolean.toString(a)),
                unary("string", TIMESTAMP, STRING, Timestamps::format));
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
