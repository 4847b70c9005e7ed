package dev.asof.training.spine;

import dev.asof.postgres.SingleSelect;
import dev.asof.postgres.SqlText;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import java.util.Optional;

/** Makes a user's SQL a query for the reader's login. */
final class SelectGuard {

    private static final String BEFORE = "select * from (\n";
    private static final String AFTER = "\n) spine";

    private SelectGuard() {}

    /** @throws AsofException INVALID with what must change */
    static ReaderQuery checked(String sql) {
        var violations = SingleSelect.check(sql, "spine.sql", SingleSelect.Forbidden.MENTIONED);
        if (!violations.isEmpty()) {
            String first = violations.shown().getFirst().message();
            throw new AsofException(ErrorCode.INVALID, "The spine's SQL is refused: " + first, violations);
        }
        return new ReaderQuery(BEFORE + SqlText.read(sql).statement() + AFTER, Optional.of(sql), BEFORE.length());
    }
}
