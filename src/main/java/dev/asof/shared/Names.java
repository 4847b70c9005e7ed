package dev.asof.shared;

import java.util.regex.Pattern;

/**
 * The form of every name a user gives: {@code [a-z][a-z0-9_]*} without {@code __}, which is kept for derived names
 * such as {@code view__feature}, and short enough that every derived name fits Postgres's 63 bytes.
 */
public final class Names {

    /** Room for {@code name__v9999_asof} in 63 bytes. */
    public static final int MAX_LENGTH = 50;

    private static final Pattern FORM = Pattern.compile("[a-z][a-z0-9_]*");

    private Names() {}

    public static boolean isValid(String name) {
        return name.length() <= MAX_LENGTH && FORM.matcher(name).matches() && !name.contains("__");
    }

    /** What a valid name looks like, for messages. */
    public static String rule() {
        return "lower-case letters, digits and single underscores, starting with a letter, at most " + MAX_LENGTH
                + " characters";
    }

    static String checked(String kind, String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException("'%s' is not a valid %s name: use %s".formatted(name, kind, rule()));
        }
        return name;
    }
}
