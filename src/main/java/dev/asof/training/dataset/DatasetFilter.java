package dev.asof.training.dataset;

import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.Suggestions;
import dev.asof.shared.Violation;
import dev.asof.training.DatasetState;
import java.util.Arrays;
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
record DatasetFilter(List<String> tags, Optional<String> owner, Optional<String> text, Optional<DatasetState> state) {

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
                Optional.ofNullable(state).map(DatasetFilter::state));
    }

    private static DatasetState state(String text) {
        var states =
                Arrays.stream(DatasetState.values()).map(DatasetState::text).toList();
        if (!states.contains(text)) {
            var message = "state is one of %s, not '%s'".formatted(String.join(", ", states), text);
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    message,
                    List.of(Violation.of("state", "unknown_state", message, Suggestions.nearest(text, states))));
        }
        return DatasetState.of(text);
    }
}
