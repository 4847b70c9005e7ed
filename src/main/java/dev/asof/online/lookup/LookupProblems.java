package dev.asof.online.lookup;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import dev.asof.shared.Violations;

/** Everything wrong with a lookup, listed up to a limit and answered by the gravest. */
final class LookupProblems {

    private final Violations violations = new Violations();
    private boolean malformed;
    private boolean missingKey;

    /** A value or a field that does not fit. */
    void invalid(Violation violation) {
        violations.add(violation);
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
        if (violations.isEmpty()) {
            return;
        }
        var code = malformed ? ErrorCode.MALFORMED_REQUEST : missingKey ? ErrorCode.MISSING_KEY : ErrorCode.INVALID;
        String first = violations.shown().getFirst().message();
        String detail =
                violations.count() == 1 ? first : "%s; and %s more problems".formatted(first, violations.count() - 1);
        throw new AsofException(code, detail, violations);
    }
}
