package dev.asof.shared;

import java.util.OptionalInt;

/**
 * A list of values of one scalar type.
 *
 * @param length the number of elements every value has, as an embedding does; empty when it may vary
 */
public record ListType(ScalarType element, OptionalInt length) implements ValueType {

    public ListType {
        if (length.isPresent() && length.getAsInt() < 1) {
            throw new IllegalArgumentException("A list's length is at least 1");
        }
    }

    public static ListType of(ScalarType element) {
        return new ListType(element, OptionalInt.empty());
    }

    public static ListType of(ScalarType element, int length) {
        return new ListType(element, OptionalInt.of(length));
    }

    @Override
    public String typeName() {
        return element + "_LIST";
    }

    @Override
    public String toString() {
        return length.isPresent() ? typeName() + "(" + length.getAsInt() + ")" : typeName();
    }
}
