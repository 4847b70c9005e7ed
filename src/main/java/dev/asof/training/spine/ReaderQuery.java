package dev.asof.training.spine;

import java.util.Optional;

/**
 * A query for the reader's login.
 *
 * @param sql one select
 * @param written what the user wrote, to place errors in; empty when Asof made the query
 * @param offset where {@code written} begins in {@code sql}
 */
record ReaderQuery(String sql, Optional<String> written, int offset) {

    /** Whether a user wrote it: then it must keep a deadline. */
    boolean isUsers() {
        return written.isPresent();
    }
}
