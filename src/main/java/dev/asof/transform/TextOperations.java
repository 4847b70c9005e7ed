package dev.asof.transform;

import static dev.asof.transform.Operation.of;
import static dev.asof.transform.Strict.booleanOf;
import static dev.asof.transform.Strict.longOf;
import static dev.asof.transform.Strict.object;
import static dev.asof.transform.Strict.objectAndLongs;
import static dev.asof.transform.Type.BOOL;
import static dev.asof.transform.Type.INT;
import static dev.asof.transform.Type.STRING;

import dev.asof.shared.Shown;
import dev.asof.shared.TextPattern;
import dev.asof.transform.Evaluator.OfObject;
import dev.asof.transform.Strict.BooleanOf2;
import dev.asof.transform.Strict.Object1;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Functions of strings. Lengths count code points; case and white space are Unicode's, in no language. */
final class TextOperations {

    private static final int SHOWN_OF_PATTERN = 100;

    private TextOperations() {}

    static Stream<Operation> all() {
        return Stream.of(
                text("lower", text -> text.toLowerCase(Locale.ROOT)),
                text("upper", text -> text.toUpperCase(Locale.ROOT)),
                text("trim", String::strip),
                of("length", INT, args -> longOf(args, TextOperations::codePoints), STRING),
                of("size", INT, args -> longOf(args, TextOperations::codePoints), STRING),
                test("contains", Work::contains),
                test("starts_with", String::startsWith),
                test("ends_with", String::endsWith),
                of("matches", BOOL, TextOperations::matches, STRING, STRING),
                of("slice", STRING, TextOperations::slice, STRING, INT, INT),
                of("levenshtein", INT, TextOperations::levenshtein, STRING, STRING));
    }

    private static Operation text(String function, Object1<String, String> body) {
        return of(function, STRING, args -> Node.of(STRING.cel(), object(args.getFirst(), body)), STRING);
    }

    private static Operation test(String function, BooleanOf2<String, String> body) {
        return of(function, BOOL, args -> booleanOf(args, body), STRING, STRING);
    }

    private static long codePoints(String text) {
        return text.codePointCount(0, text.length());
    }

    private static Node slice(List<Node> arguments) {
        return Node.of(STRING.cel(), objectAndLongs(arguments, TextOperations::part));
    }

    private static String part(String text, long from, long to) {
        int size = text.codePointCount(0, text.length());
        int start = ListOperations.cut(from, size);
        int end = Math.max(start, ListOperations.cut(to, size));
        int first = text.offsetByCodePoints(0, start);
        return text.substring(first, text.offsetByCodePoints(first, end - start));
    }

    private static Node levenshtein(List<Node> arguments) {
        OfObject first = arguments.get(0).objects();
        OfObject second = arguments.get(1).objects();
        return Node.ofLong(frame -> {
            if (first.evaluate(frame) instanceof String a && second.evaluate(frame) instanceof String b) {
                frame.spend((a.length() + 1L) * (b.length() + 1L), "levenshtein");
                frame.isNull = false;
                return Levenshtein.distance(a, b);
            }
            frame.isNull = true;
            return 0;
        });
    }

    /** Finds the pattern anywhere in the text, as CEL does; RE2 takes time linear in the text. */
    private static Node matches(List<Node> arguments) throws RefusedArgumentException {
        TextPattern pattern = pattern(arguments.get(1));
        OfObject texts = arguments.getFirst().objects();
        return Node.ofBoolean(frame -> {
            if (texts.evaluate(frame) instanceof String text) {
                frame.count(pattern.steps(text), "matches");
                frame.isNull = false;
                return find(pattern, text);
            }
            frame.isNull = true;
            return false;
        });
    }

    private static boolean find(TextPattern pattern, String text) throws EvaluationException {
        if (text.length() > pattern.longestText()) {
            throw new EvaluationException(
                    "a text of %s characters is too long for this pattern, which searches up to %s"
                            .formatted(text.length(), pattern.longestText()));
        }
        return pattern.find(text);
    }

    private static TextPattern pattern(Node argument) throws RefusedArgumentException {
        String regex = (String) argument.literal()
                .orElseThrow(() -> new RefusedArgumentException(
                        1, "the pattern of matches must be written as text, such as '^[0-9]+$'"));
        try {
            return TextPattern.compile(regex);
        } catch (TextPattern.RefusedException e) {
            throw new RefusedArgumentException(
                    1,
                    "'%s' is not a regular expression of RE2: %s"
                            .formatted(Shown.cut(regex, SHOWN_OF_PATTERN), e.getMessage()));
        }
    }
}
