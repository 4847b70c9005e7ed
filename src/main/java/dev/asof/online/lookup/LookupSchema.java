package dev.asof.online.lookup;

import dev.asof.online.ValueStatus;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The shapes of a lookup as OpenAPI shows them; requests and answers are read and written by streaming. */
final class LookupSchema {

    static final String REQUEST_EXAMPLE = """
        {"feature_service": "delay_model",
         "entities": [{"airport": "JFK"}, {"airport": "SFO"}],
         "include": ["statuses", "event_timestamps"]}\
        """;

    static final String ON_DEMAND_REQUEST_EXAMPLE = """
        {"features": ["departure_delays:*"], "common": {"forecast": 25}, "entities": [{"airport": "JFK"}, {"airport": "SFO"}]}\
        """;

    static final String ANSWER_EXAMPLE = """
        {"feature_service": "delay_model@v1", "as_of": "2026-01-05T09:00:00.000000Z", "degraded": false,
         "columns": ["departures__last_delay", "departures__is_late"],
         "rows": [
           {"values": [12, false], "statuses": ["PRESENT", "PRESENT"],
            "event_timestamps": ["2026-01-05T08:30:00.000000Z", "2026-01-05T08:30:00.000000Z"]},
           {"values": [null, null], "statuses": ["NOT_FOUND", "NOT_FOUND"],
            "event_timestamps": [null, null]}]}\
        """;

    @Schema(name = "OnlineFeaturesRequest")
    record Request(
            @Schema(description = "A feature service, `name` or `name@v3`; or send `features`", example = "delay_model")
            @Nullable
            String featureService,

            @Schema(description = "Features one by one: `view:feature`, `view:*` or `view@v2:feature`") @Nullable
            List<String> features,

            @Schema(
                    description =
                            "One object a row, with all join keys, and the values that on-demand features ask for "
                                    + "(`request_values` in the schema of the service); null for one there is none of")
            @Nullable
            List<Map<String, Object>> entities,

            @Schema(
                    description = "Join keys and request values that all rows share; columns that need no other are "
                            + "answered once")
            @Nullable
            Map<String, Object> common,

            @ArraySchema(
                    arraySchema = @Schema(description = "What comes with the values"),
                    schema = @Schema(allowableValues = {"statuses", "event_timestamps"}))
            @Nullable
            List<String> include,

            @Schema(
                    description = "`view__feature` or bare feature names",
                    allowableValues = {"full", "short"},
                    defaultValue = "full")
            @Nullable
            String columnNames) {}

    @Schema(name = "OnlineFeaturesRow")
    record Row(
            @ArraySchema(schema = @Schema(implementation = Object.class))
            List<Object> values,

            @Nullable List<ValueStatus> statuses,

            @ArraySchema(schema = @Schema(types = {"string", "null"})) @Nullable
            List<String> eventTimestamps) {}

    @Schema(name = "OnlineFeaturesCommon")
    record Common(
            List<String> columns,
            List<Object> values,
            @Nullable List<ValueStatus> statuses,

            @ArraySchema(schema = @Schema(types = {"string", "null"})) @Nullable
            List<String> eventTimestamps) {}

    @Schema(name = "OnlineFeatures")
    record Answer(
            @Schema(description = "The exact service version that answered") @Nullable
            String featureService,

            @Schema(description = "The time at which the values hold")
            String asOf,

            @Schema(
                    description = "Whether the online store was away or incomplete, so that the values came "
                            + "from the offline store; or out of memory, so that the newest may be missing")
            boolean degraded,

            @Schema(description = "Answered where the request has it") @Nullable
            Common common,

            List<String> columns,
            List<Row> rows) {}

    private LookupSchema() {}
}
