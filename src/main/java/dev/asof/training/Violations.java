package dev.asof.training;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Violation;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a request: the first {@link #SHOWN} in full, the others counted. */
final class Violations {

    static final int SHOWN = 100;

    private final List<Violation> shown = new ArrayList<>();
    private long count;
    private boolean onlyMissingKeys = true;

    void add(Violation violation) {
        count++;
        onlyMissingKeys = false;
        if (shown.size() < SHOWN) {
            shown.add(violation);
        }
    }

    void addMissingKey(Violation violation) {
        boolean before = onlyMissingKeys;
        add(violation);
        onlyMissingKeys = before;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Does nothing when there are none; a request that lacks nothing but join keys is MISSING_KEY, all else INVALID. */
    void throwIfAny(String subject) {
        if (count == 0) {
            return;
        }
        var rest = count > shown.size() ? "; the first %s are listed".formatted(shown.size()) : "";
        var detail = count == 1
                ? "%s: %s".formatted(subject, shown.getFirst().message())
                : "%s: %s violations%s".formatted(subject, count, rest);
        throw new AsofException(onlyMissingKeys ? ErrorCode.MISSING_KEY : ErrorCode.INVALID, detail, shown);
    }
}
