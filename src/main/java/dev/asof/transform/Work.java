package dev.asof.transform;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what an expression does for one row: an operation takes time, and may give a value, in proportion to the texts
 * and lists it reads, and an expression may have some thousand of them.
 *
 * @param operations of the expression
 * @param inputs positions of the texts and lists it reads, each once
 * @param listsOfTexts positions of further lists, whose elements count with their own length
 * @param counted whether an evaluation counts more than this ({@link Inputs#areCounted})
 */
record Work(int operations, List<Integer> inputs, List<Integer> listsOfTexts, boolean counted) {

    /** In characters and elements. */
    static final int MAX_TEXT = 1_000_000;

    /** About a tenth of a second. */
    static final int MAX_STEPS = 20_000_000;

    Work {
        inputs = List.copyOf(inputs);
        listsOfTexts = List.copyOf(listsOfTexts);
    }

    /** @throws EvaluationException when the row's values are too long for this expression */
    void check(@Nullable Object[] row) throws EvaluationException {
        long length = lengthOf(row);
        if (length * operations > MAX_STEPS) {
            throw new EvaluationException(
                    "texts and lists of %s characters and elements are too long for an expression of %s operations"
                            .formatted(length, operations));
        }
    }

    /** Operations times what each may read of a row; without what only shows when it is evaluated ({@link Frame#spend}). */
    long steps(@Nullable Object[] row) {
        return operations * (1 + lengthOf(row));
    }

    private long lengthOf(@Nullable Object[] row) {
        long length = 0;
        for (int i = 0; i < inputs.size(); i++) {
            length += length(row[inputs.get(i)]);
        }
        for (int i = 0; i < listsOfTexts.size(); i++) {
            length += lengthOfAll(row[listsOfTexts.get(i)]);
        }
        return length;
    }

    private static long lengthOfAll(@Nullable Object list) {
        long length = 0;
        if (list instanceof Collection<?> elements) {
            for (Object element : elements) {
                length += 1 + length(element);
            }
        }
        return length;
    }

    /** In characters or elements; 0 of a single value. */
    static long length(@Nullable Object value) {
        return switch (value) {
            case String text -> text.length();
            case byte[] bytes -> bytes.length;
            case Collection<?> list -> list.size();
            case null, default -> 0;
        };
    }

    /** Two texts in one, unless it would be one of those that begin to fill the memory. */
    static String joined(String a, String b) throws EvaluationException {
        if ((long) a.length() + b.length() > MAX_TEXT) {
            throw new EvaluationException("'+' gives texts of at most %s characters".formatted(MAX_TEXT));
        }
        return a.concat(b);
    }

    /**
     * Whether a text has another in it. Java's own search takes the product of both lengths for texts of few different
     * letters; this one takes their sum.
     */
    static boolean contains(String text, String part) {
        if ((long) text.length() * part.length() < MAX_TEXT) {
            return text.contains(part);
        }
        int[] backwards = fallbacks(part);
        int matched = 0;
        for (int i = 0; i < text.length() && matched < part.length(); i++) {
            while (matched > 0 && text.charAt(i) != part.charAt(matched)) {
                matched = backwards[matched - 1];
            }
            matched += text.charAt(i) == part.charAt(matched) ? 1 : 0;
        }
        return matched == part.length();
    }

    /** For each prefix of a text, the longest shorter one that it ends with (Knuth, Morris and Pratt). */
    private static int[] fallbacks(String part) {
        var lengths = new int[part.length()];
        int matched = 0;
        for (int i = 1; i < part.length(); i++) {
            while (matched > 0 && part.charAt(i) != part.charAt(matched)) {
                matched = lengths[matched - 1];
            }
            matched += part.charAt(i) == part.charAt(matched) ? 1 : 0;
            lengths[i] = matched;
        }
        return lengths;
    }
}
