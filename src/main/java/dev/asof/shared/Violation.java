package dev.asof.shared;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing wrong with a request, said so that its author can mend it.
 *
 * @param path where in the request, such as {@code rows[3].amount} or {@code feature_views.x.features[0]}; null when
 *     it concerns the whole
 * @param line the line of the text it stands on, from 1; null when the request is not text read line by line
 * @param code a stable name for the kind of violation, such as {@code unknown_column}
 * @param message what is wrong and what to change
 * @param suggestions near misses that may be meant, best first; never null
 */
public record Violation(
        @Nullable String path, @Nullable Integer line, String code, String message, List<String> suggestions) {

    private static final int LONGEST_PATH = 300;
    private static final int LONGEST_MESSAGE = 1_000;
    private static final int LONGEST_SUGGESTION = 100;
    private static final int MOST_SUGGESTIONS = 5;

    /** Cuts what is too long to be answered: a message may hold what the request held. */
    public Violation {
        path = path == null ? null : Shown.cut(path, LONGEST_PATH);
        message = Shown.cut(message, LONGEST_MESSAGE);
        suggestions = suggestions.stream()
                .limit(MOST_SUGGESTIONS)
                .map(suggestion -> Shown.cut(suggestion, LONGEST_SUGGESTION))
                .toList();
    }

    public static Violation of(@Nullable String path, String code, String message) {
        return new Violation(path, null, code, message, List.of());
    }

    public static Violation of(@Nullable String path, String code, String message, List<String> suggestions) {
        return new Violation(path, null, code, message, suggestions);
    }

    public Violation atLine(int line) {
        return new Violation(path, line, code, message, suggestions);
    }
}
