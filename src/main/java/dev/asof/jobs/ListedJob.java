package dev.asof.jobs;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A job of any kind as the list has it.
 *
 * @param kind the kind's name
 * @param about what kind of thing it is about
 * @param subject the thing's name
 * @param version the thing's version; empty where it has none
 * @param rowsTotal empty while it isn't known
 * @param failures of its own so far, which cost tries
 * @param path of the kind's own resource, below the API
 * @param startedAt empty until it begins
 * @param updatedAt when it last got on; when it ended, once it has
 * @param nextTryAt when a server may take it next; empty while one is at it, and once it has ended
 */
record ListedJob(
        String kind,
        long id,
        JobState state,
        String about,
        String subject,
        OptionalInt version,
        long rowsDone,
        OptionalLong rowsTotal,
        int failures,
        Optional<String> error,
        String path,
        Instant createdAt,
        Optional<Instant> startedAt,
        Instant updatedAt,
        Optional<Instant> nextTryAt) {}
