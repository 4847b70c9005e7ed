package dev.asof.shared;

import java.util.Collection;
import java.util.stream.Collectors;

/** What others wrote, cut to a length that a message can hold. */
public final class Shown {

    private static final int MOST_NAMES = 30;
    private static final String CUT = "…";

    private Shown() {}

    /** The text, or its beginning; never half a character. */
    public static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + CUT;
    }

    /** The first names, and how many more there are. */
    public static String names(Collection<String> names) {
        String first = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return names.size() <= MOST_NAMES ? first : "%s and %s more".formatted(first, names.size() - MOST_NAMES);
    }
}
