package dev.asof.training.dataset;

import dev.asof.http.Caller;
import dev.asof.http.JsonRequestReader;
import dev.asof.http.Page;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetVersion;
import dev.asof.training.historical.HistoricalFeaturesRequest;
import dev.asof.training.historical.MultipartRequest;
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
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Training datasets over HTTP: order, follow, rebuild, cancel, delete. */
@RestController
@RequestMapping("/api/v1/training-datasets")
@Tag(name = "Training datasets")
class TrainingDatasetsController {

    private final JsonRequestReader reader;
    private final DatasetPlanner planner;
    private final TrainingDatasets datasets;

    TrainingDatasetsController(JsonRequestReader reader, DatasetPlanner planner, TrainingDatasets datasets) {
        this.reader = reader;
        this.planner = planner;
        this.datasets = datasets;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "buildTrainingDataset",
            summary = "Build the next version of a training dataset",
            description = TrainingDatasetDocs.BUILD,
            requestBody =
                    @RequestBody(
                            required = true,
                            content = {
                                @Content(
                                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                                        schema = @Schema(implementation = TrainingDatasetRequest.class),
                                        examples = @ExampleObject(TrainingDatasetDocs.REQUEST)),
                                @Content(
                                        mediaType = MediaType.MULTIPART_FORM_DATA_VALUE,
                                        schemaProperties = {
                                            @SchemaProperty(
                                                    name = "request",
                                                    schema = @Schema(implementation = TrainingDatasetRequest.class)),
                                            @SchemaProperty(
                                                    name = "spine",
                                                    schema = @Schema(type = "string", format = "binary"))
                                        },
                                        encoding = @Encoding(name = "request", contentType = "application/json"))
                            }))
    @ApiResponse(responseCode = "202", description = "Its spine is stored and checked, and it will be built")
    ResponseEntity<TrainingDatasetAnswer> fromJson(
            @Parameter(hidden = true) Caller caller, @Parameter(hidden = true) HttpServletRequest request)
            throws IOException, SQLException {
        try (InputStream body = request.getInputStream()) {
            return accepted(datasets.order(
                    planner.plan(
                            reader.read(body, TrainingDatasetRequest.class, HistoricalFeaturesRequest.INLINE_SPINES),
                            null),
                    caller));
        }
    }

    /** Described together with {@link #fromJson}: OpenAPI has one operation for a path and method. */
    @Hidden
    @PostMapping(consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    ResponseEntity<TrainingDatasetAnswer> fromFile(Caller caller, HttpServletRequest request)
            throws IOException, SQLException, ServletException {
        var upload = MultipartRequest.spine(request);
        try (InputStream body = MultipartRequest.json(request)) {
            return accepted(datasets.order(
                    planner.plan(
                            reader.read(body, TrainingDatasetRequest.class, HistoricalFeaturesRequest.INLINE_SPINES),
                            upload),
                    caller));
        }
    }

    private static ResponseEntity<TrainingDatasetAnswer> accepted(Dataset dataset) {
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/training-datasets/" + dataset.version()))
                .body(TrainingDatasetAnswer.of(dataset));
    }

    @GetMapping
    @Operation(
            operationId = "listTrainingDatasets",
            summary = "List training datasets",
            description = "In the order of their names, each with its newest version that is built, or else its newest,"
                    + " of those that match. Filters go together: tag is key or key:value, text is looked for in names,"
                    + " descriptions, tags and feature services, state is one of pending, running, done, failed,"
                    + " cancelled")
    TrainingDatasetAnswer.ListAnswer list(
            @RequestParam(name = "tag", required = false) @Nullable List<String> tags,
            @RequestParam(required = false) @Nullable String owner,
            @RequestParam(required = false) @Nullable String text,
            @Parameter(example = "done") @RequestParam(required = false) @Nullable String state,
            @RequestParam(name = "page_size", required = false) @Nullable Integer pageSize,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        var page = Page.of(pageSize, pageToken);
        var filter = DatasetFilter.of(tags, owner, text, state);
        var found = datasets.page(filter, page.after().orElse(""), page.size() + 1);
        var items =
                found.stream().limit(page.size()).map(TrainingDatasetAnswer::of).toList();
        return new TrainingDatasetAnswer.ListAnswer(
                items,
                found.size() > page.size() ? Page.tokenAfter(items.getLast().name()) : null);
    }

    @GetMapping("/{dataset}")
    @Operation(
            operationId = "getTrainingDataset",
            summary = "Get a training dataset, and how far its build is",
            description = TrainingDatasetDocs.REFERENCE)
    TrainingDatasetAnswer get(@Parameter(example = "late_departures@v1") @PathVariable String dataset) {
        return TrainingDatasetAnswer.of(datasets.get(DatasetVersion.Reference.parse(dataset)));
    }

    @GetMapping("/{dataset}/versions")
    @Operation(
            operationId = "listTrainingDatasetVersions",
            summary = "List the versions of a training dataset, newest first")
    TrainingDatasetAnswer.ListAnswer versions(@Parameter(example = "late_departures") @PathVariable String dataset) {
        return new TrainingDatasetAnswer.ListAnswer(
                datasets.versions(dataset).stream()
                        .map(TrainingDatasetAnswer::of)
                        .toList(),
                null);
    }

    @PostMapping("/{dataset}/rebuild")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Operation(
            operationId = "rebuildTrainingDataset",
            summary = "Build a training dataset again from its manifest",
            description = "The next version, from the same spine, the same versions of definitions and the rows of"
                    + " exactly the batches that were seen then. Its manifest says whether the content is the same.")
    ResponseEntity<TrainingDatasetAnswer> rebuild(
            @Parameter(example = "late_departures@v1") @PathVariable String dataset,
            @Parameter(hidden = true) Caller caller) {
        return accepted(datasets.rebuild(DatasetVersion.Reference.parse(dataset), caller));
    }

    @PostMapping("/{dataset}/cancel")
    @Operation(
            operationId = "cancelTrainingDataset",
            summary = "Cancel a build",
            description = "Ends its query, and leaves nothing but the fact. A bare name means its newest version.")
    TrainingDatasetAnswer cancel(@Parameter(example = "late_departures@v1") @PathVariable String dataset) {
        return TrainingDatasetAnswer.of(datasets.cancel(DatasetVersion.Reference.parse(dataset)));
    }

    @DeleteMapping("/{dataset}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(
            operationId = "deleteTrainingDataset",
            summary = "Delete a version of a training dataset, or all versions of a name",
            description =
                    "The definitions that it pins can be retired and deleted then. Its number is not given again.")
    void delete(@Parameter(example = "late_departures@v1") @PathVariable String dataset) {
        datasets.delete(DatasetVersion.Reference.parse(dataset));
    }
}
