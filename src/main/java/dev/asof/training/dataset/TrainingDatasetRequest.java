package dev.asof.training.dataset;

import dev.asof.training.LeakageThresholds;
import dev.asof.training.historical.HistoricalFeaturesRequest;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request for a training dataset as it stands in JSON. */
@Schema(name = "TrainingDatasetRequest", description = "What the next version of a training dataset is built from")
record TrainingDatasetRequest(
        @Schema(requiredMode = Schema.RequiredMode.REQUIRED, example = "delays") @Nullable
        String name,

        @Schema(description = "A feature service, or a pinned version of one", example = "delay_model@v1") @Nullable
        String featureService,

        @Schema(
                description = "Features one by one, instead of a feature service",
                example = "[\"departures:last_delay\"]")
        @Nullable
        List<@Nullable String> features,

        @Schema(description = "The rows to build the dataset for; in a multipart request it is the part `spine`")
        HistoricalFeaturesRequest.@Nullable Spine spine,

        @Schema(description = "The spine column with each row's as-of time", defaultValue = "as_of") @Nullable
        String asOfColumn,

        @Schema(description = "Zone of times without an offset; without it they are an error", example = "UTC")
        @Nullable
        String timeZone,

        @Schema(
                description = "Types of spine columns that are neither keys, request values nor the as-of time, such as"
                        + " FLOAT64; the others are found by their values",
                example = "{\"amount\":\"FLOAT64\"}")
        @Nullable
        Map<String, @Nullable String> types,

        @Schema(description = "Only events before the as-of time, not at it; default: the feature service's") @Nullable
        Boolean strict,

        @Schema(
                description = "Which rows count: `latest`, `as_recorded`, or those known at an instant; default: the"
                        + " feature service's",
                example = "latest")
        @Nullable
        String known,

        @Schema(description = "The spine column with the label", example = "late") @Nullable
        String labelColumn,

        @Schema(description = "The spine column that says when each label came about", example = "landed_at") @Nullable
        String labelTimestampColumn,

        @Schema(
                description = "The source that the labels come from; found in a spine that is SQL or a source",
                example = "flights")
        @Nullable
        String labelSource,

        @Nullable SplitsRequest splits,

        @Schema(description = "Whether the build fails when the leakage report's verdict is `leaking`") @Nullable
        Boolean failOnLeakage,

        LeakageThresholds.@Nullable Request leakageThresholds,

        @Nullable String description,
        @Nullable String owner,
        @Nullable Map<String, @Nullable String> tags) {

    /** The part that says which rows: the same as without a dataset. */
    HistoricalFeaturesRequest historicalFeatures() {
        return new HistoricalFeaturesRequest(
                featureService, features, spine, asOfColumn, timeZone, types, strict, known);
    }
}
