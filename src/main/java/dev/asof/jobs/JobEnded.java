package dev.asof.jobs;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A job has ended, published inside the transaction that ends it: a listener that throws undoes it, and what a listener
 * writes to Postgres commits with it. A job that is resumed, or given up for good after it
 * failed, ends again.
 *
 * @param kind as the list of jobs calls it, such as {@code table_read}
 * @param job its id among those of its kind
 * @param state done, failed or cancelled
 * @param about what kind of thing it is about, such as {@code source}
 * @param subject the thing's name
 * @param version the thing's version, where it has one
 * @param error why it failed, if it did
 */
public record JobEnded(
        String kind,
        long job,
        JobState state,
        String about,
        String subject,
        OptionalInt version,
        Optional<String> error) {

    public JobEnded {
        if (state.isUnderWay()) {
            throw new IllegalArgumentException("A job that is %s has not ended".formatted(state.text()));
        }
    }
}
