package dev.asof.shared;

import java.util.AbstractList;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/** A list of FLOAT32 without nulls, such as an embedding, that has no object for each of its numbers. Immutable. */
public final class FloatVector extends AbstractList<Float> implements RandomAccess {

    private final float[] numbers;
    /** Made when first asked for, by whichever thread; the same each time. */
    private double @Nullable [] doubles;

    /** @param numbers which nobody changes any more */
    public FloatVector(float[] numbers) {
        this.numbers = numbers;
    }

    @Override
    public Float get(int index) {
        return numbers[index];
    }

    @Override
    public int size() {
        return numbers.length;
    }

    /** The numbers as FLOAT64, which callers must not change. */
    public double[] asDoubles() {
        double[] known = doubles;
        if (known == null) {
            known = new double[numbers.length];
            for (int i = 0; i < known.length; i++) {
                known[i] = numbers[i];
            }
            doubles = known;
        }
        return known;
    }
}
