package dev.asof.shared;

import java.util.Locale;
import java.util.Optional;

/**
 * The type of a column, key, feature or request value: a {@link ScalarType} or a {@link ListType} of one.
 *
 * <p>Values of these types are held as {@link Boolean}, {@link Integer}, {@link Long}, {@link Float}, {@link Double},
 * {@link String}, {@code byte[]}, {@link java.time.Instant} with microseconds, and {@link java.util.List} of those
 * (elements may be null). A null reference is the null value of every type.
 */
public sealed interface ValueType permits ScalarType, ListType {

    /** The name as users write it, such as {@code FLOAT64} or {@code FLOAT32_LIST}. */
    String typeName();

    /** The type of each element of a list; of a scalar itself. */
    ScalarType element();

    /** Reads {@link #typeName()}, in upper or lower case; a list read here has no fixed length. */
    static Optional<ValueType> parse(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        if (upper.endsWith("_LIST")) {
            return ScalarType.parse(upper.substring(0, upper.length() - "_LIST".length()))
                    .map(ListType::of);
        }
        return ScalarType.parse(upper).map(scalar -> scalar);
    }

    /** Every type name there is, for messages and suggestions. */
    static java.util.List<String> allNames() {
        return java.util.stream.Stream.concat(
                        java.util.Arrays.stream(ScalarType.values()).map(ScalarType::typeName),
                        java.util.Arrays.stream(ScalarType.values()).map(scalar -> scalar.typeName() + "_LIST"))
                .toList();
    }
}
