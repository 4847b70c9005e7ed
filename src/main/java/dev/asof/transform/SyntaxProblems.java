package dev.asof.transform;

import dev.asof.transform.ExpressionException.Problem;
import dev.cel.common.CelIssue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Says what CEL's parser found in words that help. */
final class SyntaxProblems {

    private static final String RESERVED = "reserved identifier: ";
    private static final Pattern UNEXPECTED =
            Pattern.compile("(?:mismatched|extraneous) input '(.*?)' expecting .*", Pattern.DOTALL);
    private static final Pattern NO_WAY_ON =
            Pattern.compile("no viable alternative at input '\\.?(.*)'", Pattern.DOTALL);
    private static final Pattern MISSING = Pattern.compile("missing ('.*?') at .*", Pattern.DOTALL);
    private static final Pattern UNRECOGNIZED = Pattern.compile("token recognition error at: '(.*)'", Pattern.DOTALL);
    private static final Pattern TOO_LARGE = Pattern.compile("For input string: \"(.*)\".*", Pattern.DOTALL);

    /** Words that are part of CEL's grammar, so that what has this name can't be read. */
    private static final Set<String> GRAMMAR_WORDS = Set.of("in", "true", "false", "null");

    private static final Map<String, String> HABITS = Map.of(
            "=", "use == to compare",
            "and", "write && for and",
            "AND", "write && for and",
            "or", "write || for or",
            "OR", "write || for or",
            "not", "write ! for not",
            "is", "write == null or != null",
            "IS", "write == null or != null",
            "?", "a choice is written condition ? one : other");

    private SyntaxProblems() {}

    /** The first error and every reserved word: the parser's other errors follow from its guess at the first. */
    static List<Problem> of(List<CelIssue> issues, Inputs inputs) {
        return Stream.concat(
                        issues.stream().limit(1),
                        issues.stream()
                                .skip(1)
                                .filter(issue -> issue.getMessage().startsWith(RESERVED)))
                .map(issue -> new Problem(
                        Math.max(1, issue.getSourceLocation().getLine()),
                        Math.max(0, issue.getSourceLocation().getColumn()) + 1,
                        "syntax",
                        message(issue.getMessage(), inputs),
                        List.of()))
                .toList();
    }

    private static String message(String parserMessage, Inputs inputs) {
        if (parserMessage.startsWith(RESERVED)) {
            return reserved(parserMessage.substring(RESERVED.length()), inputs);
        }
        if (parserMessage.startsWith("Expression recursion limit exceeded")) {
            return "The expression is nested more than %s deep: split it into several features"
                    .formatted(Environment.MAX_DEPTH);
        }
        Matcher unexpected = UNEXPECTED.matcher(parserMessage);
        if (unexpected.matches()) {
            return unexpected(unexpected.group(1), inputs);
        }
        Matcher noWayOn = NO_WAY_ON.matcher(parserMessage);
        if (noWayOn.matches()) {
            return unexpected(noWayOn.group(1).strip(), inputs);
        }
        Matcher missing = MISSING.matcher(parserMessage);
        if (missing.matches()) {
            return "A %s is missing".formatted(missing.group(1));
        }
        Matcher unrecognized = UNRECOGNIZED.matcher(parserMessage);
        if (unrecognized.matches()) {
            return unrecognized(unrecognized.group(1));
        }
        Matcher tooLarge = TOO_LARGE.matcher(parserMessage);
        return tooLarge.matches() ? "%s does not fit INT64".formatted(tooLarge.group(1)) : parserMessage;
    }

    private static String unexpected(String token, Inputs inputs) {
        if (token.equals("<EOF>") || token.isEmpty()) {
            return "The expression ends too early";
        }
        if (GRAMMAR_WORDS.contains(token) && inputs.haveWord(token)) {
            return reserved(token, inputs);
        }
        return "Unexpected '%s'%s".formatted(token, hint(token));
    }

    private static String unrecognized(String text) {
        boolean opensText = text.startsWith("'") || text.startsWith("\"");
        return opensText
                ? "The text that begins with %s is not closed".formatted(text)
                : "Unexpected '%s'%s".formatted(text, hint(text.strip()));
    }

    private static String reserved(String word, Inputs inputs) {
        return "'%s' is a word that CEL keeps for itself, so that no expression can read what has this name: %s"
                .formatted(word, inputs.advice());
    }

    private static String hint(String token) {
        return HABITS.containsKey(token) ? ": " + HABITS.get(token) : "";
    }
}
