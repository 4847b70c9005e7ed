package dev.asof.online;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import java.util.ArrayList;
import java.util.List;

/** Everything wrong with a lookup, listed up to a limit and answered by the gravest. */
final class LookupProblems {

    private static final int MOST_LISTED = 100;

    private final List<Violation> listed = new ArrayList<>();
    private int count;
    private boolean malformed;
    private boolean missingKey;

    /** A value or a field that does not fit. */
    void invalid(Violation violation) {
        count++;
        if (listed.size() < MOST_LISTED) {
            listed.add(violation);
        }
    }

    /** A request that says two things at once. */
    void malformed(Violation violation) {
        malformed = true;
        invalid(violation);
    }

    void missingKey(Violation violation) {
        missingKey = true;
        invalid(violation);
    }

    /** @throws AsofException when there was any problem */
    void throwIfAny() {
        if (count == 0) {
            return;
        }
        var code = malformed ? ErrorCode.MALFORMED_REQUEST : missingKey ? ErrorCode.MISSING_KEY : ErrorCode.INVALID;
        String first = listed.getFirst().message();
        String detail = count == 1 ? first : "%s; and %s more problems".formatted(first, count - 1);
        throw new AsofException(code, detail, listed);
    }
}
