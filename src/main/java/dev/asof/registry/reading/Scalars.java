package dev.asof.registry.reading;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** Single YAML values as the core schema of YAML 1.2 reads them. */
public final class Scalars {

    private Scalars() {}

    static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    static Optional<String> text(Node node) {
        return scalar(node, Tag.STR);
    }

    static Optional<Boolean> bool(Node node) {
        return scalar(node, Tag.BOOL).map(Boolean::parseBoolean);
    }

    static Optional<BigInteger> integer(Node node) {
        return scalar(node, Tag.INT).flatMap(Scalars::parseInteger);
    }

    /** A finite number, whole or not. */
    static Optional<BigDecimal> number(Node node) {
        return scalar(node, Tag.FLOAT)
                .flatMap(Scalars::parseDecimal)
                .or(() -> integer(node).map(BigDecimal::new));
    }

    /** Whether the text can be stored and written in YAML again: no control characters, no halves of characters. */
    public static boolean isStorable(String text) {
        return text.codePoints().allMatch(StreamReader::isPrintable)
                && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** Where a node begins, from 1. */
    static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    /** What a node is, for messages such as {@code must be a list, not the number 5}. */
    static String describe(Node node) {
        return switch (node) {
            case MappingNode mapping -> "a mapping";
            case SequenceNode sequence -> "a list";
            case ScalarNode scalar when isNull(scalar) -> "nothing";
            case ScalarNode scalar when scalar.getTag().equals(Tag.STR) -> "the text '" + shortened(scalar) + "'";
            case ScalarNode scalar when scalar.getTag().equals(Tag.BOOL) -> shortened(scalar);
            case ScalarNode scalar
            when scalar.getTag().equals(Tag.INT) || scalar.getTag().equals(Tag.FLOAT) ->
                "the number " + shortened(scalar);
            default -> "something tagged " + node.getTag();
        };
    }

    private static String shortened(ScalarNode scalar) {
        String value = scalar.getValue();
        return value.length() <= 40 ? value : value.substring(0, 40) + "…";
    }

    private static Optional<String> scalar(Node node, Tag tag) {
        return node instanceof ScalarNode scalar && scalar.getTag().equals(tag)
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    private static Optional<BigInteger> parseInteger(String text) {
        if (text.length() > 400) {
            return Optional.empty();
        }
        try {
            if (text.startsWith("0o")) {
                return Optional.of(new BigInteger(text.substring(2), 8));
            }
            return Optional.of(text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<BigDecimal> parseDecimal(String text) {
        try {
            double value = Double.parseDouble(text);
            // the double is checked first: a BigDecimal of 1e999999999 would fill the memory when it is used
            return Double.isFinite(value) && text.length() <= 400
                    ? Optional.of(BigDecimal.valueOf(value))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
