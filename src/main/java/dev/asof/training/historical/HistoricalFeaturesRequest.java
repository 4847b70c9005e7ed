package dev.asof.training.historical;

import dev.asof.http.JsonRequestReader;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request for training rows as it stands in JSON; every field may be absent. */
@Schema(name = "HistoricalFeaturesRequest", description = "Which features to join, to which spine, and how")
public record HistoricalFeaturesRequest(
        @Schema(description = "A feature service, or a pinned version of one", example = "delay_model@v1") @Nullable
        String featureService,

        @Schema(
                description = "Features one by one, instead of a feature service",
                example = "[\"departures:last_delay\"]")
        @Nullable
        List<@Nullable String> features,

        @Schema(description = "The rows to build the training set for; in a multipart request it is the part `spine`")
        @Nullable
        Spine spine,

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
        String known) {

    /** They are held in memory; greater ones come as files. */
    public static final JsonRequestReader.Limit INLINE_SPINES =
            new JsonRequestReader.Limit(64 << 20, "send the spine as a CSV or Parquet file in a multipart request");

    /** Where the spine's rows come from: exactly one of the fields. */
    @Schema(name = "Spine", description = "Exactly one of rows, sql and source")
    public record Spine(
            @Schema(
                    description = "The rows themselves",
                    example = "[{\"airport\":\"JFK\",\"as_of\":\"2026-01-05T09:00:00Z\"}]")
            @Nullable
            List<@Nullable Map<String, @Nullable Object>> rows,

            @Schema(
                    description =
                            "One SELECT over the schemas features and sources, run read-only on a login of its own",
                    example = "select origin as airport, departed_at as as_of from sources.flights")
            @Nullable
            String sql,

            @Schema(description = "A source: its rows at their event timestamps", example = "flights") @Nullable
            String source) {}
}
