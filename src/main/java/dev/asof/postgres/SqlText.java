package dev.asof.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads SQL by Postgres's own lexical rules (with {@code standard_conforming_strings}), as far as is needed to say
 * where strings, comments, identifiers and statements begin and end. What can be read in two ways is refused rather
 * than guessed: texts with backslash escapes, and identifiers and texts with Unicode escapes.
 */
public final class SqlText {

    private static final int MAX_DEPTH = 100;

    /** What a token is: a keyword or a plain identifier, an identifier in quotes, or a sign that stands for itself. */
    public enum Kind {
        WORD,
        QUOTED,
        SIGN
    }

    /**
     * One word or sign outside of texts and comments, with its position.
     *
     * @param text of words and quoted identifiers without quotes and in lower case
     */
    public record Token(Kind kind, String text, int position) {

        public boolean isSign(char sign) {
            return kind == Kind.SIGN && text.charAt(0) == sign;
        }
    }

    /** Something that isn't read here. */
    public record Refusal(int position, String message) {}

    private final String sql;
    private final StringBuilder blanked;
    private final List<Token> tokens = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private int at;
    private int depth;
    private boolean ended;

    private SqlText(String sql) {
        this.sql = sql;
        this.blanked = new StringBuilder(sql);
    }

    public static SqlText read(String sql) {
        var text = new SqlText(sql);
        while (text.at < sql.length()) {
            text.token();
        }
        return text;
    }

    /** All words and signs, in order; texts and numbers are none. */
    public List<Token> tokens() {
        return tokens;
    }

    List<Refusal> refusals() {
        return refusals;
    }

    /** The text, position by position, with comments, line breaks and a last semicolon blank. */
    public String statement() {
        return blanked.toString();
    }

    private void token() {
        char c = sql.charAt(at);
        if (Character.isWhitespace(c)) {
            blanked.setCharAt(at++, ' ');
        } else if (sql.startsWith("--", at)) {
            lineComment();
        } else if (sql.startsWith("/*", at)) {
            blockComment();
        } else if (c == ';') {
            blanked.setCharAt(at++, ' ');
            ended = true;
        } else {
            significant(c);
        }
    }

    private void significant(char c) {
        if (ended) {
            refuse(at, "Only one statement is possible, and another begins after the semicolon");
            at = sql.length();
        } else if (c == '\'') {
            quoted('\'', "text");
        } else if (c == '"') {
            int start = at;
            quoted('"', "identifier");
            String name = sql.substring(start + 1, Math.max(start + 1, at - 1)).replace("\"\"", "\"");
            tokens.add(new Token(Kind.QUOTED, name.toLowerCase(Locale.ROOT), start));
        } else if (c == '$') {
            dollar();
        } else if (isIdentifierStart(c)) {
            word();
        } else {
            sign(c);
        }
    }

    private void sign(char c) {
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        if (depth < 0) {
            refuse(at, "A parenthesis or bracket closes that none opened");
            at = sql.length();
        } else if (depth > MAX_DEPTH) {
            refuse(at, "Parentheses and brackets nest deeper than " + MAX_DEPTH);
            at = sql.length();
        } else {
            tokens.add(new Token(Kind.SIGN, String.valueOf(c), at));
            at++;
        }
    }

    private void word() {
        int start = at;
        while (at < sql.length() && isIdentifierPart(sql.charAt(at))) {
            at++;
        }
        String word = sql.substring(start, at);
        char next = at < sql.length() ? sql.charAt(at) : ' ';
        if (next == '\'' && word.equalsIgnoreCase("e")) {
            refuse(start, "Texts with backslash escapes (E'…') are not read here: write the characters themselves");
            at = sql.length();
        } else if (next == '&' && word.equalsIgnoreCase("u") && isQuote(at + 1)) {
            refuse(start, "Unicode escapes (U&'…', U&\"…\") are not read here: write the characters themselves");
            at = sql.length();
        } else {
            tokens.add(new Token(Kind.WORD, word.toLowerCase(Locale.ROOT), start));
        }
    }

    private boolean isQuote(int position) {
        return position < sql.length() && (sql.charAt(position) == '\'' || sql.charAt(position) == '"');
    }

    private void quoted(char quote, String what) {
        int start = at++;
        while (at < sql.length()) {
            if (sql.charAt(at++) == quote) {
                if (at < sql.length() && sql.charAt(at) == quote) {
                    at++;
                } else {
                    return;
                }
            }
        }
        refuse(start, "A quoted " + what + " begins here and doesn't end");
    }

    private void dollar() {
        int start = at;
        int end = at + 1;
        while (end < sql.length() && isIdentifierPart(sql.charAt(end)) && sql.charAt(end) != '$') {
            end++;
        }
        boolean isTag = end < sql.length()
                && sql.charAt(end) == '$'
                && (end == start + 1 || isIdentifierStart(sql.charAt(start + 1)));
        if (!isTag) {
            refuse(start, "Parameters ($1) have no values here: write the values themselves");
            at = sql.length();
            return;
        }
        String tag = sql.substring(start, end + 1);
        int close = sql.indexOf(tag, end + 1);
        if (close < 0) {
            refuse(start, "A text quoted by " + tag + " begins here and doesn't end");
            at = sql.length();
        } else {
            at = close + tag.length();
        }
    }

    private void lineComment() {
        while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
            blanked.setCharAt(at++, ' ');
        }
    }

    private void blockComment() {
        int start = at;
        int open = 0;
        do {
            int step = 1;
            if (sql.startsWith("/*", at)) {
                open++;
                step = 2;
            } else if (sql.startsWith("*/", at)) {
                open--;
                step = 2;
            }
            for (int i = 0; i < step; i++) {
                blanked.setCharAt(at++, ' ');
            }
        } while (open > 0 && at < sql.length());
        if (open > 0) {
            refuse(start, "A comment begins here and doesn't end");
        }
    }

    private void refuse(int position, String message) {
        refusals.add(new Refusal(position, message));
    }

    private static boolean isIdentifierStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    }

    private static boolean isIdentifierPart(char c) {
        return isIdentifierStart(c) || (c >= '0' && c <= '9') || c == '$';
    }
}
