package dev.asof.training.dataset;

import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** How a dataset is split by time, as it stands in JSON. */
@Schema(
        name = "Splits",
        description = "Either train with validation and test, or folds. Rows in gaps between them are left out")
record SplitsRequest(
        @Schema(description = "Rows before `until`") @Nullable
        Range train,

        @Schema(description = "Begins the gap after the end of `train`, unless `from` says later") @Nullable
        Range validation,

        @Schema(description = "Begins the gap after the end of the split before, unless `from` says later") @Nullable
        Range test,

        @Schema(description = "A growing train split and the test split after it, once for each fold") @Nullable
        Folds folds,

        @Schema(
                description = "Time between a split and the next; at least the longest time from an as-of time to its"
                        + " label, which is the default",
                example = "1d")
        @Nullable
        String gap) {

    /** As-of times from {@code from} on and before {@code until}. */
    @Schema(name = "SplitRange")
    record Range(
            @Schema(description = "The first as-of time", example = "2026-01-01T00:00:00Z") @Nullable
            String from,

            @Schema(description = "The end, not included", example = "2026-02-01T00:00:00Z") @Nullable
            String until) {}

    /** Fold i tests the stretch that begins at {@code first_test} + (i - 1) lengths. */
    @Schema(name = "Folds")
    record Folds(
            @Schema(example = "4") @Nullable Integer count,

            @Schema(description = "Where the first fold's test split begins", example = "2026-02-01T00:00:00Z")
            @Nullable
            String firstTest,

            @Schema(description = "How long each test split is", example = "14d") @Nullable
            String length) {}
}
