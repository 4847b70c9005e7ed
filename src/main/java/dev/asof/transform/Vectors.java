package dev.asof.transform;

import java.util.List;

/** Two vectors, which are lists of numbers of one length without a null. Products are added in the order of the lists. */
final class Vectors {

    private Vectors() {}

    static double dot(List<?> a, List<?> b) throws EvaluationException {
        double sum = 0;
        for (int i = 0; i < a.size(); i++) {
            sum += number(a, i) * number(b, i);
        }
        return Numbers.finite(sum, "dot");
    }

    /** From -1 to 1; of vectors that are not {@link #isZero}. */
    static double cosine(List<?> a, List<?> b) throws EvaluationException {
        double scaleA = scale(a);
        double scaleB = scale(b);
        double products = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.size(); i++) {
            double x = number(a, i) * scaleA;
            double y = number(b, i) * scaleB;
            products += x * y;
            squaresA += x * x;
            squaresB += y * y;
        }
        double cosine = products / Math.sqrt(squaresA * squaresB);
        return Math.clamp(Numbers.finite(cosine, "cosine"), -1.0, 1.0);
    }

    /** The power of two that brings a vector near length 1, exactly, so that squares neither overflow nor vanish. */
    private static double scale(List<?> vector) {
        return Math.scalb(1.0, -Math.getExponent(greatest(vector)));
    }

    static boolean isZero(List<?> vector) {
        return greatest(vector) == 0;
    }

    private static double greatest(List<?> vector) {
        double greatest = 0;
        for (int i = 0; i < vector.size(); i++) {
            greatest = Math.max(greatest, Math.abs(number(vector, i)));
        }
        return greatest;
    }

    static boolean hasNull(List<?> vector) {
        for (int i = 0; i < vector.size(); i++) {
            if (vector.get(i) == null) {
                return true;
            }
        }
        return false;
    }

    private static double number(List<?> vector, int index) {
        return ((Number) vector.get(index)).doubleValue();
    }
}
