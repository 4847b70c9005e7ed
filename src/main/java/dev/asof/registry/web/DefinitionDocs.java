package dev.asof.registry.web;

import dev.asof.registry.web.DefinitionAnswers.PlanAnswer;
import dev.asof.registry.web.DefinitionAnswers.Status;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How OpenAPI describes what the calls for all kinds have in common; the examples are the quickstart's. */
final class DefinitionDocs {

    static final String ENTITY = """
        name: airport
        description: An airport by its IATA code
        owner: operations
        keys: [{name: airport, type: STRING}]
        """;

    static final String SOURCE = """
        name: flights
        type: push
        description: One row a flight, sent when it has departed
        owner: operations
        columns:
          - {name: departed_at, type: TIMESTAMP, required: true}
          - {name: origin, type: STRING, required: true}
          - {name: destination, type: STRING, required: true}
          - {name: delay, type: INT64, description: Minutes; negative when early}
          - {name: distance, type: INT64, description: Miles}
        event_timestamp: departed_at
        expectations:
          - {column: origin, matches: "[A-Z]{3}"}
          - {column: destination, matches: "[A-Z]{3}"}
          - {column: delay, between: [-120, 1440]}
          - {column: distance, between: [1, 10000]}
        """;

    static final String FEATURE_VIEW = """
        name: departures
        description: The newest departure of an airport
        owner: operations
        entities: [{name: airport, keys: {airport: origin}}]
        source: flights
        ttl: 7d
        features:
          - {name: last_delay, column: delay, description: Minutes of delay of the newest departure}
          - {name: last_distance, column: distance}
          - {name: is_late, expression: "delay > 15"}
        """;

    static final String ON_DEMAND_FEATURE_VIEW = """
        name: departure_delays
        description: A delay that is forecast, against what the airport has seen
        owner: operations
        inputs: ["departures:last_delay"]
        request:
          - {name: forecast, type: FLOAT64, description: Minutes}
        features:
          - {name: over_last, expression: "request.forecast - departures.last_delay"}
          - {name: hour, expression: "hour_of_day(as_of, 'America/New_York')"}
        """;

    static final String FEATURE_SERVICE = """
        name: delay_model
        description: What the model of departure delays reads
        owner: operations
        features: ["departures:*", "arrivals:*"]
        training: {strict: true}
        """;

    /** A list, since Swagger UI shows examples of one YAML document only. */
    static final String BUNDLE = """
        - kind: entity
          name: airport
          description: An airport by its IATA code
          owner: operations
          keys: [{name: airport, type: STRING}]
        - kind: source
          name: flights
          type: push
          description: One row a flight, sent when it has departed
          owner: operations
          columns:
            - {name: departed_at, type: TIMESTAMP, required: true}
            - {name: origin, type: STRING, required: true}
            - {name: destination, type: STRING, required: true}
            - {name: delay, type: INT64, description: Minutes; negative when early}
            - {name: distance, type: INT64, description: Miles}
          event_timestamp: departed_at
          expectations:
            - {column: origin, matches: "[A-Z]{3}"}
            - {column: destination, matches: "[A-Z]{3}"}
            - {column: delay, between: [-120, 1440]}
            - {column: distance, between: [1, 10000]}
        - kind: feature_view
          name: departures
          description: The newest departure of an airport
          owner: operations
          entities: [{name: airport, keys: {airport: origin}}]
          source: flights
          ttl: 7d
          features:
            - {name: last_delay, column: delay, description: Minutes of delay of the newest departure}
            - {name: last_distance, column: distance}
            - {name: is_late, expression: "delay > 15"}
        - kind: feature_view
          name: arrivals
          description: The newest flight to an airport
          owner: operations
          entities: [{name: airport, keys: {airport: destination}}]
          source: flights
          ttl: 7d
          features:
            - {name: last_delay, column: delay}
            - {name: last_origin, column: origin}
            - {name: delay_per_100_miles, expression: "100 * delay / distance"}
        - kind: feature_service
          name: delay_model
          description: What the model of departure delays reads
          owner: operations
          features: ["departures:*", "arrivals:*"]
          training: {strict: true}
        """;

    /** A definition as it is answered: what was written, with the status beside it. */
    @Schema(
            name = "Definition",
            description = "The fields as they are written in YAML, and what the server says about this version",
            additionalProperties = Schema.AdditionalPropertiesValue.TRUE)
    record Definition(
            @Schema(allowableValues = {"entity", "source", "feature_view", "on_demand_feature_view", "feature_service"})
            String kind,

            String name,
            @Nullable String description,
            @Nullable String owner,
            @Nullable Map<String, String> tags,
            Status status) {}

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @ApiResponse(
            responseCode = "200",
            description = "The plan: what changed, or would with dry_run",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(implementation = PlanAnswer.class)),
                @Content(mediaType = "text/plain", schema = @Schema(type = "string"))
            })
    @interface AnswersPlan {}

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @ApiResponse(
            responseCode = "200",
            description = "The plan: what changed, or would with dry_run",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(implementation = PlanAnswer.class)),
                @Content(mediaType = "text/plain", schema = @Schema(type = "string"))
            })
    @ApiResponse(
            responseCode = "201",
            description = "The plan of a name's first definition",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(implementation = PlanAnswer.class)),
                @Content(mediaType = "text/plain", schema = @Schema(type = "string"))
            })
    @interface AnswersPlanOrCreated {}

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @ApiResponse(
            responseCode = "200",
            description = "The definition",
            content = {
                @Content(mediaType = "application/json", schema = @Schema(implementation = Definition.class)),
                @Content(
                        mediaType = "application/yaml",
                        schema = @Schema(type = "string", description = "As it is written"),
                        examples = @ExampleObject("kind: entity\n" + ENTITY))
            })
    @interface AnswersDefinitionOrYaml {}

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @ApiResponse(
            responseCode = "200",
            description = "The version",
            content = @Content(mediaType = "application/json", schema = @Schema(implementation = Definition.class)))
    @interface AnswersDefinition {}

    private DefinitionDocs() {}
}
