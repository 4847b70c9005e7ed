package dev.asof.shared;

import java.util.Arrays;
import java.util.Optional;

/** A type whose values are single. */
public enum ScalarType implements ValueType {
    BOOLEAN,
    INT32,
    INT64,
    FLOAT32,
    FLOAT64,
    STRING,
    BYTES,
    TIMESTAMP;

    /** Whether an entity may have a join key of this type: floats have no reliable equality. */
    public boolean isKeyType() {
        return this != FLOAT32 && this != FLOAT64;
    }

    @Override
    public String typeName() {
        return name();
    }

    @Override
    public ScalarType element() {
        return this;
    }

    static Optional<ScalarType> parse(String upper) {
        return Arrays.stream(values()).filter(type -> type.name().equals(upper)).findFirst();
    }

    @Override
    public String toString() {
        return name();
    }
}
