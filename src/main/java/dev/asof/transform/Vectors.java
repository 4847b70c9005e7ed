package dev.asof.transform;

import dev.asof.shared.FloatVector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two vectors, which are lists of numbers of one length without a null. Products are added in the order of the lists. */
final class Vectors {

    private Vectors() {}

    /** The numbers of a list, which nobody changes; null if one of them is. */
    static double @Nullable [] of(List<?> list) {
        if (list instanceof FloatVector vector) {
            return vector.asDoubles();
        }
        Object[] elements = list.toArray();
        double[] numbers = new double[elements.length];
        for (int i = 0; i < numbers.length; i++) {
            if (!(elements[i] instanceof Number number)) {
                return null;
            }
            numbers[i] = number.doubleValue();
        }
        return numbers;
    }

    static double dot(double[] a, double[] b) throws EvaluationException {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return Numbers.finite(sum, "dot");
    }

    /** From -1 to 1; of vectors that are not {@link #isZero}. */
    static double cosine(double[] a, double[] b) throws EvaluationException {
        double scaleA = scale(a);
        double scaleB = scale(b);
        double products = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            double x = a[i] * scaleA;
            double y = b[i] * scaleB;
            products += x * y;
            squaresA += x * x;
            squaresB += y * y;
        }
        double cosine = products / Math.sqrt(squaresA * squaresB);
        return Math.clamp(Numbers.finite(cosine, "cosine"), -1.0, 1.0);
    }

    /** The power of two that brings a vector near length 1, exactly, so that squares neither overflow nor vanish. */
    private static double scale(double[] vector) {
        return Math.scalb(1.0, -Math.getExponent(greatest(vector)));
    }

    static boolean isZero(double[] vector) {
        return greatest(vector) == 0;
    }

    private static double greatest(double[] vector) {
        double greatest = 0;
        for (int i = 0; i < vector.length; i++) {
            greatest = Math.max(greatest, Math.abs(vector[i]));
        }
        return greatest;
    }
}
