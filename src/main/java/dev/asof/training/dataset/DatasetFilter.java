package dev.asof.training.dataset;

import dev.asof.jobs.JobState;
import dev.asof.shared.AsofException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which versions of training datasets a list looks at: those that satisfy everything asked.
 *
 * @param tags {@code key:value}, or {@code key} for any value
 * @param owner exact
 * @param text found in the name, the description, a tag or the feature service, in any case
 */
record DatasetFilter(List<String> tags, Optional<String> owner, Optional<String> text, Optional<JobState> state) {

    DatasetFilter {
        tags = List.copyOf(tags);
    }

    /** @throws AsofException MALFORMED_REQUEST for a state that there isn't */
    static DatasetFilter of(
            @Nullable List<String> tags, @Nullable String owner, @Nullable String text, @Nullable String state) {
        return new DatasetFilter(
                tags == null ? List.of() : tags,
                Optional.ofNullable(owner),
                Optional.ofNullable(text),
                Optional.ofNullable(state).map(JobState::asked));
    }
}
