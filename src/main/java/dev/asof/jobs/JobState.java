package dev.asof.jobs;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Where a job stands; the last three have ended. */
public enum JobState {
    PENDING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED;

    /** As the API and Postgres write it. */
    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static JobState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** @throws AsofException MALFORMED_REQUEST for a state that there isn't, in a parameter of a list */
    public static JobState asked(String text) {
        return of(
                oneOf("state", text, Arrays.stream(values()).map(JobState::text).toList()));
    }

    static String oneOf(String parameter, String text, List<String> words) {
        if (!words.contains(text)) {
            var message = "%s is one of %s, not '%s'".formatted(parameter, String.join(", ", words), text);
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    message,
                    List.of(Violation.of(
                            parameter, "unknown_" + parameter, message, Suggestions.nearest(text, words))));
        }
        return text;
    }

    public boolean isUnderWay() {
        return this == PENDING || this == RUNNING;
    }
}
