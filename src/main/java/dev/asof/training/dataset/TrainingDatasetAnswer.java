package dev.asof.training.dataset;

import dev.asof.jobs.JobState;
import dev.asof.shared.Timestamps;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetSpec;
import dev.asof.training.Split;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A version of a training dataset as the API shows it.
 *
 * @param version which the path {@code …/name@v2} names
 * @param rowsTotal of the spine, and so of the dataset
 * @param error why it was not built
 */
@Schema(name = "TrainingDataset")
record TrainingDatasetAnswer(
        String name,
        int version,
        JobState state,
        long rowsDone,
        long rowsTotal,
        @Nullable String error,
        @Nullable String featureService,
        List<DatasetSpec.Definition> definitions,
        String asOfColumn,
        boolean strict,
        String known,
        DatasetSpec.@Nullable Label label,
        List<SplitAnswer> splits,
        @Nullable Integer rebuildOf,
        @Nullable String description,
        @Nullable String owner,
        Map<String, String> tags,
        String createdBy,
        String createdAt,
        String updatedAt) {

    /** As-of times from {@code from} on and before {@code until}. */
    @Schema(name = "TrainingDatasetSplit")
    record SplitAnswer(
            String name, @Nullable String from, @Nullable String until) {

        private static SplitAnswer of(Split split) {
            return new SplitAnswer(split.name(), text(split.from()), text(split.until()));
        }
    }

    /** Several versions, or one of each of several names. */
    @Schema(name = "TrainingDatasets")
    record ListAnswer(
            List<TrainingDatasetAnswer> items, @Nullable String nextPageToken) {}

    static TrainingDatasetAnswer of(Dataset dataset) {
        var spec = dataset.spec();
        return new TrainingDatasetAnswer(
                dataset.version().name(),
                dataset.version().version(),
                dataset.state(),
                dataset.rowsDone(),
                dataset.rowsTotal(),
                dataset.error().orElse(null),
                spec.featureService(),
                spec.definitions(),
                spec.asOfColumn(),
                spec.strict(),
                spec.known(),
                spec.label(),
                spec.splits().stream().map(SplitAnswer::of).toList(),
                Optional.ofNullable(spec.rebuild())
                        .map(DatasetSpec.Rebuild::version)
                        .orElse(null),
                dataset.metadata().description().orElse(null),
                dataset.metadata().owner().orElse(null),
                dataset.metadata().tags(),
                dataset.createdBy(),
                Timestamps.format(dataset.createdAt()),
                Timestamps.format(dataset.updatedAt()));
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : Timestamps.format(time);
    }
}
