package dev.asof.shared;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * A regular expression that a user wrote, in the syntax of RE2. It is bounded before it is compiled, and so is what one
 * search of it costs: the library takes time in proportion to the pattern's states times the text's length.
 */
public final class TextPattern {

    /** In characters. */
    static final int MAX_LENGTH = 4_000;

    static final int MAX_STATES = 5_000;
    static final int MAX_DEPTH = 50;
    static final int MAX_CATEGORIES = 50;
    static final int MAX_FOLDED = 1_000;

    /** A third of a second's work, about. */
    private static final long MAX_STEPS = 20_000_000;

    /** A pattern that can't be compiled; the message says why, such as {@code it is longer than 1000 characters}. */
    public static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private final Pattern pattern;
    private final long states;

    private TextPattern(Pattern pattern, long states) {
        this.pattern = pattern;
        this.states = states;
    }

    /** @throws RefusedException for what is no regular expression of RE2, or too large a one */
    public static TextPattern compile(String text) throws RefusedException {
        if (text.length() > MAX_LENGTH) {
            throw new RefusedException("it is longer than %s characters".formatted(MAX_LENGTH));
        }
        var size = PatternSize.of(text);
        check(size);
        try {
            return new TextPattern(Pattern.compile(text), size.states());
        } catch (PatternSyntaxException e) {
            throw new RefusedException(e.getDescription());
        }
    }

    private static void check(PatternSize size) throws RefusedException {
        if (size.depth() > MAX_DEPTH) {
            throw new RefusedException("its groups nest deeper than %s".formatted(MAX_DEPTH));
        }
        if (size.states() > MAX_STATES) {
            throw new RefusedException(
                    "with its repetitions written out it is larger than %s; repeat less, or less within each other"
                            .formatted(MAX_STATES));
        }
        if (size.categories() > MAX_CATEGORIES) {
            throw new RefusedException("it names more than %s categories of Unicode".formatted(MAX_CATEGORIES));
        }
        if (size.foldsEndlessly() || size.folded() > MAX_FOLDED) {
            throw new RefusedException(("(?i) ignores the case of at most %s characters beyond ASCII, and of none from"
                            + " U+1C80 to U+1C88; write both cases out")
                    .formatted(MAX_FOLDED));
        }
    }

    /** The longest text that is searched; for common patterns some hundred thousand characters. */
    public int longestText() {
        return (int) Math.min(Integer.MAX_VALUE, MAX_STEPS / states);
    }

    /** How many steps a search of a text takes, where {@link #longestText()} takes 20 million. */
    public long steps(String text) {
        return states * text.length();
    }

    /** Whether it is found anywhere in a text of at most {@link #longestText()} characters. */
    public boolean find(String text) {
        return pattern.matcher(checked(text)).find();
    }

    /** Whether a text of at most {@link #longestText()} characters is like it from its beginning to its end. */
    public boolean matches(String text) {
        return pattern.matches(checked(text));
    }

    private String checked(String text) {
        if (text.length() > longestText()) {
            throw new IllegalArgumentException("The text is too long to be searched");
        }
        return text;
    }

    /** The pattern as written. */
    @Override
    public String toString() {
        return pattern.pattern();
    }
}
