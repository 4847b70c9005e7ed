package dev.asof.online.trial;

import dev.asof.http.JsonRequestReader;
import dev.asof.online.ValueStatus;
import dev.asof.online.trial.ExpressionTrials.Outcome;
import dev.asof.online.trial.ExpressionTrials.Tried;
import dev.asof.online.trial.TrialValues.Filled;
import dev.asof.shared.JsonValues;
import dev.asof.shared.ListType;
import dev.asof.shared.Timestamps;
import dev.asof.shared.ValueType;
import dev.asof.transform.window.AggregateResult.Buckets;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

@RestController
@RequestMapping("/api/v1/features")
@Tag(name = "Expressions")
class ExpressionTrialController {

    private static final JsonRequestReader.Limit LIMIT =
            new JsonRequestReader.Limit(1 << 20, "try the expression on shorter values");

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String EXAMPLE = """
        {"expression": "request.forecast - departures.last_delay",
         "inputs": ["departures:last_delay"],
         "request": [{"name": "forecast", "type": "FLOAT64"}],
         "entity": {"airport": "JFK", "forecast": 20}}\
        """;

    private final JsonRequestReader reader;
    private final ExpressionTrials trials;

    ExpressionTrialController(JsonRequestReader reader, ExpressionTrials trials) {
        this.reader = reader;
        this.trials = trials;
    }

    /** What is answered, described; it is written as a lookup's values are. */
    @Schema(name = "ExpressionTrialAnswer")
    record Answer(
            @Schema(example = "FLOAT64") String type,
            @Nullable Integer length,

            @Schema(description = "What the expression gave; absent when there was nothing to try it on") @Nullable
            Object value,

            @Nullable ValueStatus status,

            @Schema(description = "Why it failed, if it did", example = "division by zero") @Nullable
            String error,

            String asOf,
            boolean degraded,

            @Schema(description = "What the expression read") @Nullable
            List<ReadValue> inputs) {}

    @Schema(name = "ReadValue")
    record ReadValue(
            @Schema(example = "departures.last_delay") String name,
            @Schema(example = "INT64") String type,
            @Nullable Object value,
            ValueStatus status) {}

    @PostMapping(value = "/evaluate", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "evaluateExpression",
            summary = "Try an expression",
            description =
                    "Checked and evaluated as a view would, and nothing is kept. Over the columns of a source, as in a"
                        + " feature view, or over inputs and request values, as in an on-demand one; on values that"
                        + " are sent, or on the features that a key has now. An expression that doesn't compile is 422"
                        + " with every problem; one that fails on the values is answered with its error.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = ExpressionTrialRequest.class),
                                            examples = @ExampleObject(EXAMPLE))),
            responses =
                    @ApiResponse(
                            responseCode = "200",
                            description = "Its type, and its value with its status",
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                                            schema = @Schema(implementation = Answer.class))))
    byte[] evaluate(@Parameter(hidden = true) HttpServletRequest request) throws IOException {
        try (InputStream body = request.getInputStream()) {
            return json(trials.run(reader.read(body, ExpressionTrialRequest.class, LIMIT)));
        }
    }

    private static byte[] json(Tried tried) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringProperty("type", tried.type().typeName());
            if (tried.type() instanceof ListType list && list.length().isPresent()) {
                json.writeNumberProperty("length", list.length().getAsInt());
            }
            tried.outcome().ifPresent(outcome -> write(json, tried.type(), outcome));
            json.writeStringProperty("as_of", Timestamps.format(tried.asOf()));
            json.writeBooleanProperty("degraded", tried.degraded());
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, ValueType type, Outcome outcome) {
        json.writeName("value");
        JsonValues.write(json, type, outcome.value(), false);
        json.writeStringProperty("status", outcome.status().name());
        if (outcome.error() != null) {
            json.writeStringProperty("error", outcome.error());
        }
        json.writeArrayPropertyStart("inputs");
        outcome.read().forEach(filled -> write(json, filled));
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, Filled filled) {
        var place = filled.place();
        json.writeStartObject();
        json.writeStringProperty("name", place.name());
        json.writeStringProperty("type", place.type().typeName());
        json.writeName("value");
        if (place.key() != null
                && filled.value() instanceof Buckets(List<Object> keys, List<@Nullable Object> values)) {
            json.writeStartObject();
            json.writeName("keys");
            JsonValues.write(json, ListType.of(place.key()), keys, false);
            json.writeName("values");
            JsonValues.write(json, ListType.of(place.type().element()), values, false);
            json.writeEndObject();
        } else {
            JsonValues.write(json, place.type(), filled.value(), false);
        }
        json.writeStringProperty("status", filled.status().name());
        json.writeEndObject();
    }
}
