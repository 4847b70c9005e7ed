package dev.asof.materialization;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.asof.jobs.JobState;
import dev.asof.shared.BatchId;
import dev.asof.shared.SourceName;
import dev.asof.shared.Violation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A job that reads a table source.
 *
 * @param batch what it became; empty while it is not done, and when there was nothing to take
 */
record TableRead(
        long id,
        SourceName source,
        Cause cause,
        JobState state,
        long rowsRead,
        long newRows,
        long changedRows,
        long vanishedRows,
        long quarantined,
        Optional<BatchId> batch,
        Optional<String> error,
        List<Violation> violations,
        Instant createdAt,
        Instant updatedAt) {

    TableRead {
        violations = List.copyOf(violations);
    }

    /** Why it runs. */
    enum Cause {
        @JsonProperty("request")
        REQUEST,
        @JsonProperty("schedule")
        SCHEDULE
    }
}
