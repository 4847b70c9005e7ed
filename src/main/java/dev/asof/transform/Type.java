package dev.asof.transform;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import java.time.Instant;
import java.util.List;

/**
 * A type of the expression language, with the class its values have while an expression is evaluated.
 *
 * @param <J> that class
 */
record Type<J>(CelType cel) {

    static final Type<Long> INT = new Type<>(SimpleType.INT);
    static final Type<Double> DOUBLE = new Type<>(SimpleType.DOUBLE);
    static final Type<String> STRING = new Type<>(SimpleType.STRING);
    static final Type<byte[]> BYTES = new Type<>(SimpleType.BYTES);
    static final Type<Boolean> BOOL = new Type<>(SimpleType.BOOL);
    static final Type<Instant> TIMESTAMP = new Type<>(SimpleType.TIMESTAMP);

    /** The type of the literal {@code null} alone. */
    static final Type<Void> NULL = new Type<>(SimpleType.NULL_TYPE);

    /** Any one type, in the declaration of an operation on lists and maps. */
    static final Type<Object> ELEMENT = new Type<>(TypeParamType.create("T"));

    /** A list of any one type, in the declaration of an operation on lists. */
    static final Type<List<?>> LIST = new Type<>(ListType.create(ELEMENT.cel));

    static final Type<List<?>> INTS = listOf(INT);
    static final Type<List<?>> DOUBLES = listOf(DOUBLE);

    /** Maps by the type of their keys, in the declaration of an operation on maps. */
    static final List<Type<?>> MAPS = List.of(mapFrom(STRING), mapFrom(INT), mapFrom(BOOL));

    static final List<Type<?>> SCALARS = List.of(INT, DOUBLE, STRING, BYTES, BOOL, TIMESTAMP);

    static Type<List<?>> listOf(Type<?> element) {
        return new Type<>(ListType.create(element.cel));
    }

    /** A map from one type to any one type. */
    static Type<Buckets> mapFrom(Type<?> key) {
        return new Type<>(MapType.create(key.cel, ELEMENT.cel));
    }
}
