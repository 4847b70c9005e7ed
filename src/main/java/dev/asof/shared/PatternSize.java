package dev.asof.shared;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Measures a regular expression of RE2 before anything compiles it, without recursion: what the library would do with
 * a hostile one takes all memory, the stack or minutes. Where the library would refuse a text, the measure may be
 * anything.
 */
final class PatternSize {

    /** Past any bound; kept so that products of repetitions don't overflow. */
    private static final long HUGE = 1_000_000_000;

    /** Beyond it the library folds no case. */
    private static final int MAX_FOLD = 0x1044F;

    /** Those that the library's own table leads back to themselves, though Java's upper and lower case do not. */
    private static final String FOLDED_BY_TABLE = "\u00B5\u0130\u0131\u017F\u01C5\u01C8\u01CB\u01F2\u0345\u03C2\u03D0"
            + "\u03D1\u03D5\u03D6\u03F0\u03F1\u03F4\u03F5\u1E9B\u1E9E\u1FBE\u2126\u212A\u212B";

    /** What a group holds so far: all but its last part, which a repetition may follow. */
    private static final class Group {
        private long before;
        private long last;

        void add(long size) {
            before = Math.min(HUGE, before + last);
            last = size;
        }

        long size() {
            return Math.min(HUGE, before + last);
        }
    }

    private final String text;
    private final boolean folds;
    private final Deque<Group> open = new ArrayDeque<>();
    private int at;
    private int deepest;
    private int categories;
    private long folded;
    private boolean endless;

    private PatternSize(String text) {
        this.text = text;
        this.folds = foldsCase(text);
        open.push(new Group());
        while (at < text.length()) {
            part();
        }
    }

    static PatternSize of(String pattern) {
        return new PatternSize(pattern);
    }

    /** The states of the automaton, repetitions written out; a little more rather than less. */
    long states() {
        return open.stream().mapToLong(Group::size).reduce(1, (a, b) -> Math.min(HUGE, a + b));
    }

    /** How deep groups nest. */
    int depth() {
        return deepest;
    }

    /** How often a category or script of Unicode, as {@code \pL}, is named. */
    int categories() {
        return categories;
    }

    /** The characters whose other cases have to be looked for one by one. */
    long folded() {
        return folded;
    }

    /** Whether the library would look for the other cases of a character for ever. */
    boolean foldsEndlessly() {
        return endless;
    }

    /** Whether it ignores case anywhere; then as if it did everywhere. */
    private static boolean foldsCase(String text) {
        for (int i = text.indexOf("(?"); i >= 0; i = text.indexOf("(?", i + 1)) {
            int end = i + 2;
            while (end < text.length() && Character.isLetter(text.charAt(end))) {
                end++;
            }
            if (text.substring(i, end).contains("i")) {
                return true;
            }
        }
        return false;
    }

    private void part() {
        char c = text.charAt(at);
        switch (c) {
            case '(' -> {
                at++;
                open.push(new Group());
                deepest = Math.max(deepest, open.size() - 1);
            }
            case ')' -> {
                at++;
                close();
            }
            case '|' -> {
                at++;
                group().add(1);
                group().add(0);
            }
            case '[' -> characterClass();
            case '*', '+', '?' -> {
                at++;
                group().last = Math.min(HUGE, group().last + 1);
            }
            case '{' -> repetition();
            case '\\' -> {
                if (text.startsWith("\\Q", at)) {
                    quoted();
                } else {
                    fold(character());
                    group().add(1);
                }
            }
            default -> {
                fold(character());
                group().add(1);
            }
        }
    }

    private Group group() {
        return open.element();
    }

    private void close() {
        if (open.size() > 1) {
            long size = open.pop().size();
            group().add(Math.min(HUGE, size + 2));
        } else {
            group().add(1);
        }
    }

    /** {@code {2}}, {@code {2,}} or {@code {2,5}}; any other brace stands for itself. */
    private void repetition() {
        int end = at + 1;
        while (end < text.length() && (isDigit(text.charAt(end)) || text.charAt(end) == ',')) {
            end++;
        }
        String[] bounds = text.substring(at + 1, end).split(",", -1);
        boolean isRepetition =
                end < text.length() && text.charAt(end) == '}' && bounds.length <= 2 && !bounds[0].isEmpty();
        if (!isRepetition) {
            at++;
            group().add(1);
            return;
        }
        at = end + 1;
        long most = number(bounds[bounds.length - 1].isEmpty() ? bounds[0] : bounds[bounds.length - 1]);
        group().last = Math.min(HUGE, (group().last + 1) * Math.max(1, most) + 1);
    }

    private static long number(String digits) {
        return digits.length() > 6 ? HUGE : Long.parseLong(digits);
    }

    private void quoted() {
        int end = text.indexOf("\\E", at + 2);
        int last = end < 0 ? text.length() : end;
        for (at += 2; at < last; ) {
            int c = text.codePointAt(at);
            fold(c);
            group().add(1);
            at += Character.charCount(c);
        }
        at = end < 0 ? last : end + 2;
    }

    private void characterClass() {
        at++;
        if (at < text.length() && text.charAt(at) == '^') {
            at++;
        }
        boolean first = true;
        while (at < text.length() && (first || text.charAt(at) != ']')) {
            first = false;
            if (text.startsWith("[:", at) && text.indexOf(":]", at + 2) >= 0) {
                at = text.indexOf(":]", at + 2) + 2;
            } else {
                range();
            }
        }
        at++;
        group().add(1);
    }

    private void range() {
        int low = character();
        int high = low;
        if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
            at++;
            high = character();
        }
        for (int c = low; c >= 0 && c <= Math.min(high, MAX_FOLD); c++) {
            fold(c);
        }
    }

    private void fold(int c) {
        if (folds && c >= 0 && c <= MAX_FOLD) {
            folded += c < 0x80 ? 0 : 1;
            endless |= foldsEndlessly(c);
        }
    }

    private static boolean foldsEndlessly(int c) {
        int other = otherCase(c);
        for (int i = 0; i < 3 && other != c; i++) {
            other = otherCase(other);
        }
        return other != c && FOLDED_BY_TABLE.indexOf(c) < 0;
    }

    private static int otherCase(int c) {
        int lower = Character.toLowerCase(c);
        return lower != c ? lower : Character.toUpperCase(c);
    }

    /** Reads one character or escape; negative for one that stands for several. */
    private int character() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\' || at >= text.length()) {
            return c;
        }
        int escaped = text.codePointAt(at);
        at += Character.charCount(escaped);
        return switch (escaped) {
            case 'p', 'P' -> {
                categories++;
                skipName();
                yield -1;
            }
            case 'x' -> hexadecimal();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(escaped - '0');
            default -> Character.isLetter(escaped) ? -1 : escaped;
        };
    }

    private void skipName() {
        if (at < text.length() && text.charAt(at) == '{') {
            int end = text.indexOf('}', at);
            at = end < 0 ? text.length() : end + 1;
        } else if (at < text.length()) {
            at += Character.charCount(text.codePointAt(at));
        }
    }

    private int hexadecimal() {
        int start = at;
        int end = Math.min(text.length(), at + 2);
        if (at < text.length() && text.charAt(at) == '{') {
            int close = text.indexOf('}', at);
            start = at + 1;
            end = close < 0 ? text.length() : close;
            at = close < 0 ? end : close + 1;
        } else {
            at = end;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0 || value > Character.MAX_CODE_POINT) {
                return -1;
            }
            value = value * 16 + digit;
        }
        return value;
    }

    private int octal(int first) {
        int value = first;
        for (int i = 0; i < 2 && at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '7'; i++) {
            value = value * 8 + text.charAt(at++) - '0';
        }
        return value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
