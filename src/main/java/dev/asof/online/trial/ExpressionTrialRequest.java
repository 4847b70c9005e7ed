package dev.asof.online.trial;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An expression to try, as it stands in JSON; every field may be absent. */
@Schema(
        name = "ExpressionTrial",
        description =
                "An expression over the columns of a source, or over features and request values; with neither entity"
                        + " nor values it is only checked")
record ExpressionTrialRequest(
        @Schema(requiredMode = Schema.RequiredMode.REQUIRED, example = "request.forecast - departures.last_delay")
        @Nullable
        String expression,

        @Schema(description = "The type that its value must fit; without it it is inferred", example = "FLOAT64")
        @Nullable
        String type,

        @Schema(description = "Of a list type that has one") @Nullable
        Integer length,

        @Schema(
                description =
                        "A source whose columns it reads, as a feature view's expressions do; instead of inputs and"
                                + " request")
        @Nullable
        String source,

        @Schema(
                description = "Features that it reads, as an on-demand feature view's expressions do",
                example = "[\"departures:last_delay\"]")
        @Nullable
        List<@Nullable String> inputs,

        @Schema(
                description = "Request values that it reads",
                example = "[{\"name\":\"forecast\",\"type\":\"FLOAT64\"}]")
        @Nullable
        List<@Nullable RequestValue> request,

        @Schema(
                description = "Join keys and request values: the features are read as they are now",
                example = "{\"airport\":\"JFK\",\"forecast\":20}")
        @Nullable
        Map<String, @Nullable Object> entity,

        @Schema(
                description =
                        "Values of what it reads, by their names in the expression; what is left out is null. Instead"
                                + " of entity",
                example = "{\"departures.last_delay\":12,\"request.forecast\":20}")
        @Nullable
        Map<String, @Nullable Object> values,

        @Schema(description = "With values: the as-of time; without it, now", example = "2026-01-05T09:00:00Z")
        @Nullable
        String asOf) {

    @Schema(name = "RequestValue")
    record RequestValue(
            @Nullable String name,
            @Nullable String type,
            @Nullable Integer length) {}
}
