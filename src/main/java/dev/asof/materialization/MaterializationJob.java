package dev.asof.materialization;

import dev.asof.jobs.JobState;
import dev.asof.offline.LogPosition;
import dev.asof.shared.BatchId;
import dev.asof.shared.ViewVersion;
import java.time.Instant;
import java.util.Optional;

/**
 * A job that computes feature rows or brings them online.
 *
 * @param throughBatch the last batch that counts: later ones feed the version themselves
 * @param position up to which the log is done
 * @param rowsTotal how many rows there are to do, as far as known: 0 until a job has begun
 */
record MaterializationJob(
        long id,
        MaterializationKind kind,
        ViewVersion version,
        JobState state,
        BatchId throughBatch,
        LogPosition position,
        long rowsDone,
        long rowsTotal,
        Optional<String> error,
        Instant createdAt,
        Instant updatedAt) {}
