package dev.asof.http;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The query parameter {@code int64} of every call that answers values in JSON: {@code number} or {@code string}. */
public final class Int64Option {

    public static final String NAME = "int64";

    /** As the API's description has it. */
    public static final String DESCRIPTION = "`string` writes INT64 as text in JSON, for JavaScript; `number` is usual";

    private static final String NUMBER = "number";
    private static final String STRING = "string";

    private Int64Option() {}

    /** Whether INT64 is written as text; numbers are usual. */
    public static boolean isText(@Nullable String asked) {
        return STRING.equals(asked);
    }

    /** What is wrong with the parameter, if something is. */
    public static Optional<Violation> problem(@Nullable String asked) {
        return asked == null || asked.equals(NUMBER) || asked.equals(STRING)
                ? Optional.empty()
                : Optional.of(Violation.of(
                        NAME,
                        "unknown_value",
                        "int64 is 'number' or 'string', not '%s'".formatted(asked),
                        Suggestions.nearest(asked, List.of(NUMBER, STRING))));
    }

    /** @throws AsofException MALFORMED_REQUEST for anything but the two */
    public static boolean requireText(@Nullable String asked) {
        problem(asked).ifPresent(problem -> {
            throw new AsofException(ErrorCode.MALFORMED_REQUEST, problem.message(), List.of(problem));
        });
        return isText(asked);
    }
}
