package dev.asof.training;

import dev.asof.jobs.JobState;
import dev.asof.registry.Metadata;
import java.time.Instant;
import java.util.Optional;

/** A version of a training dataset, built or on its way. */
public record Dataset(
        long id,
        DatasetVersion version,
        JobState state,
        DatasetSpec spec,
        String spineTable,
        long rowsTotal,
        long rowsDone,
        Optional<String> error,
        Metadata metadata,
        String createdBy,
        Instant createdAt,
        Instant updatedAt) {}
