package dev.asof.transform.window;

import dev.asof.shared.ScalarType;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The order of values, the same in both stores: text by code points, which is the order of its bytes in UTF-8; floats as
 * {@link Double#compare} has it, -0.0 before 0.0 and NaN last; false before true.
 */
public final class ValueOrder {

    private ValueOrder() {}

    public static Comparator<Object> of(ScalarType type) {
        return switch (type) {
            case BOOLEAN -> (a, b) -> Boolean.compare((Boolean) a, (Boolean) b);
            case INT32 -> (a, b) -> Integer.compare((Integer) a, (Integer) b);
            case INT64 -> (a, b) -> Long.compare((Long) a, (Long) b);
            case FLOAT32 -> (a, b) -> Float.compare((Float) a, (Float) b);
            case FLOAT64 -> (a, b) -> Double.compare((Double) a, (Double) b);
            case STRING -> (a, b) -> compareText((String) a, (String) b);
            case BYTES -> (a, b) -> Arrays.compareUnsigned((byte[]) a, (byte[]) b);
            case TIMESTAMP -> (a, b) -> ((Instant) a).compareTo((Instant) b);
        };
    }

    private static int compareText(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // a pair of surrogates stands for more than any single char does
                boolean xIsPair = Character.isSurrogate(x);
                boolean yIsPair = Character.isSurrogate(y);
                return xIsPair == yIsPair ? Character.compare(x, y) : Boolean.compare(xIsPair, yIsPair);
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
