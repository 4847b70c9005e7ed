package dev.asof.training.historical;

import dev.asof.formats.ResultFormat;
import dev.asof.http.Int64Option;
import dev.asof.http.JsonRequestReader;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Encoding;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.SchemaProperty;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/historical-features")
@Tag(name = "Training")
class HistoricalFeaturesController {

    private final JsonRequestReader reader;
    private final RequestPlanner planner;
    private final HistoricalFeatures features;

    HistoricalFeaturesController(JsonRequestReader reader, RequestPlanner planner, HistoricalFeatures features) {
        this.reader = reader;
        this.planner = planner;
        this.features = features;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "getHistoricalFeatures",
            summary = "Join a spine with features as they were at each row's as-of time",
            description = HistoricalFeaturesDocs.DESCRIPTION,
            requestBody =
                    @RequestBody(
                            required = true,
                            content = {
                                @Content(
                                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                                        schema = @Schema(implementation = HistoricalFeaturesRequest.class),
                                        examples = {
                                            @ExampleObject(name = "inline", value = HistoricalFeaturesDocs.INLINE),
                                            @ExampleObject(name = "sql", value = HistoricalFeaturesDocs.SQL)
                                        }),
                                @Content(
                                        mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
                                        schemaProperties = {
                                            @SchemaProperty(
                                                    name = "request",
                                                    schema = @Schema(implementation = HistoricalFeaturesRequest.class)),
                                            @SchemaProperty(
                                                    name = "spine",
                                                    schema = @Schema(type = "string", format = "binary"))
                                        },
                                        encoding = @Encoding(name = "request", contentType = "application/json"))
                            }))
    @ApiResponse(
            responseCode = "200",
            description = "The spine's rows in order, each once, its columns first, then the features",
            content = {
                @Content(
                        mediaType = "application/x-ndjson",
                        schema = @Schema(type = "string"),
                        examples = @ExampleObject(HistoricalFeaturesDocs.NDJSON_ROWS)),
                @Content(
                        mediaType = "text/csv",
                        schema = @Schema(type = "string"),
                        examples = @ExampleObject(HistoricalFeaturesDocs.CSV_ROWS)),
                @Content(
                        mediaType = "application/vnd.apache.parquet",
                        schema = @Schema(type = "string", format = "binary")),
                @Content(
                        mediaType = "application/vnd.apache.arrow.stream",
                        schema = @Schema(type = "string", format = "binary"))
            })
    void fromJson(
            @Parameter(description = "ndjson, csv, parquet or arrow; overrides Accept", example = "ndjson")
                    @RequestParam(required = false)
                    @Nullable
                    String format,
            @Parameter(description = Int64Option.DESCRIPTION) @RequestParam(required = false) @Nullable String int64,
            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response)
            throws IOException, SQLException {
        var output = output(format, int64, request);
        try (InputStream body = request.getInputStream()) {
            write(
                    planner.plan(
                            reader.read(body, HistoricalFeaturesRequest.class, HistoricalFeaturesRequest.INLINE_SPINES),
                            null),
                    output,
                    request,
                    response);
        }
    }

    /** Described together with {@link #fromJson}: OpenAPI has one operation for a path and method. */
    @Hidden
    @PostMapping(consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    void fromFile(
            @RequestParam(required = false) @Nullable String format,
            @RequestParam(required = false) @Nullable String int64,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException, SQLException, ServletException {
        var output = output(format, int64, request);
        var upload = MultipartRequest.spine(request);
        try (InputStream body = MultipartRequest.json(request)) {
            write(
                    planner.plan(
                            reader.read(body, HistoricalFeaturesRequest.class, HistoricalFeaturesRequest.INLINE_SPINES),
                            upload),
                    output,
                    request,
                    response);
        }
    }

    private record Output(ResultFormat format, boolean int64AsText) {}

    private static Output output(@Nullable String format, @Nullable String int64, HttpServletRequest request) {
        return new Output(
                ResultFormat.negotiate(format, request.getHeader(HttpHeaders.ACCEPT)), Int64Option.requireText(int64));
    }

    private void write(
            RequestPlanner.Plan plan, Output output, HttpServletRequest request, HttpServletResponse response)
            throws IOException, SQLException {
        var rows = new RowsResponse(request, response, plan.query().fileStem(), output.format());
        rows.write(target -> features.write(plan, output.format(), output.int64AsText(), target));
    }
}
