package dev.asof.training;

import dev.asof.ingestion.RowFormat;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
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
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.exc.JacksonIOException;

@RestController
@RequestMapping("/api/v1/historical-features")
@Tag(name = "Training")
class HistoricalFeaturesController {

    private static final Logger LOG = LoggerFactory.getLogger(HistoricalFeaturesController.class);

    private final RequestReader reader;
    private final RequestPlanner planner;
    private final HistoricalFeatures features;

    HistoricalFeaturesController(RequestReader reader, RequestPlanner planner, HistoricalFeatures features) {
        this.reader = reader;
        this.planner = planner;
        this.features = features;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "getHistoricalFeatures",
            summary = "Join a spine with features as they were at each row's as-of time",
            description = HistoricalFeaturesDocs.DESCRIPTION,
            requestBody = @RequestBody(
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
                        schema = @Schema(type = "string", format = "binary"))
            })
    void fromJson(
            @Parameter(description = "ndjson, csv or parquet; overrides Accept", example = "ndjson")
            @RequestParam(required = false)
            @Nullable String format,

            @Parameter(description = "`string` writes INT64 as text in NDJSON, for JavaScript")
            @RequestParam(required = false)
            @Nullable String int64,

            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response)
            throws IOException, SQLException {
        var output = output(format, int64, request);
        try (InputStream body = request.getInputStream()) {
            write(planner.plan(reader.read(body), null), output, request, response);
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
        var spine = part(request, "spine");
        try (InputStream body = part(request, "request").getInputStream()) {
            var upload = new SpineInput.Upload(format(spine), spine::getInputStream);
            write(planner.plan(reader.read(body), upload), output, request, response);
        }
    }

    private static Part part(HttpServletRequest request, String name) throws IOException, ServletException {
        var part = request.getPart(name);
        if (part == null) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "The part '%s' is missing: send the request as JSON in the part 'request', the file in 'spine'"
                            .formatted(name));
        }
        return part;
    }

    private record Output(ResultFormat format, boolean int64AsText) {}

    private static Output output(@Nullable String format, @Nullable String int64, HttpServletRequest request) {
        if (int64 != null && !int64.equals("string") && !int64.equals("number")) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST, "int64 is 'string' or 'number', not '%s'".formatted(int64));
        }
        return new Output(
                ResultFormat.negotiate(format, request.getHeader(HttpHeaders.ACCEPT)), "string".equals(int64));
    }

    private void write(
            RequestPlanner.Plan plan, Output output, HttpServletRequest request, HttpServletResponse response)
            throws IOException, SQLException {
        try {
            features.write(
                    plan, output.format(), output.int64AsText(), () -> opened(plan, output.format(), response));
        } catch (IOException | SQLException | RuntimeException e) {
            if (!response.isCommitted()) {
                response.resetBuffer();
                response.setContentType(null);
                response.setHeader(HttpHeaders.CONTENT_DISPOSITION, null);
                throw e;
            }
            if (isClientGone(e)) {
                LOG.info("The client went away while training rows were written");
            } else {
                LOG.error("A response with training rows broke off", e);
            }
            BrokenResponses.mark(request, e);
        }
    }

    private static boolean isClientGone(Exception e) {
        return e instanceof IOException || e instanceof UncheckedIOException || e instanceof JacksonIOException;
    }

    private static OutputStream opened(RequestPlanner.Plan plan, ResultFormat format, HttpServletResponse response)
            throws IOException {
        var fileName = plan.query().fileStem() + "." + format.extension();
        response.setContentType(
                format == ResultFormat.CSV ? format.mediaType() + ";charset=utf-8" : format.mediaType());
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION,
                ContentDisposition.attachment().filename(fileName).build().toString());
        return response.getOutputStream();
    }

    private static RowFormat format(Part spine) {
        return Optional.ofNullable(spine.getContentType())
                .flatMap(RowFormat::ofContentType)
                .or(() -> Optional.ofNullable(spine.getSubmittedFileName()).flatMap(RowFormat::ofFileName))
                .orElseThrow(() -> new AsofException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "The format of the part 'spine' can't be told: give it a content type of "
                                + String.join(
                                        ", ",
                                        List.of(
                                                RowFormat.CSV.mediaType(),
                                                RowFormat.PARQUET.mediaType(),
                                                RowFormat.NDJSON.mediaType()))
                                + ", or a file name that ends in .csv, .parquet or .ndjson"));
    }
}
