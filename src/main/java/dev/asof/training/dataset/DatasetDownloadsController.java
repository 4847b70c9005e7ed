package dev.asof.training.dataset;

import dev.asof.formats.ResultFormat;
import dev.asof.http.Int64Option;
import dev.asof.training.Dataset;
import dev.asof.training.DatasetVersion;
import dev.asof.training.historical.RowsResponse;
import dev.asof.training.leakage.LeakageReport;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.AbstractResource;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRange;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Training datasets over HTTP: rows, SQL, manifest, leakage report. */
@RestController
@RequestMapping("/api/v1/training-datasets/{dataset}")
@Tag(name = "Training datasets")
class DatasetDownloadsController {

    private static final String SPLIT = "train, validation, test, fold_1_train and so on; all rows without it";

    private final TrainingDatasets datasets;
    private final DatasetDownloads downloads;
    private final DatasetFiles files;

    DatasetDownloadsController(TrainingDatasets datasets, DatasetDownloads downloads, DatasetFiles files) {
        this.datasets = datasets;
        this.downloads = downloads;
        this.files = files;
    }

    @GetMapping("/rows.parquet")
    @Operation(
            operationId = "getTrainingDatasetParquet",
            summary = "Get the rows as Parquet",
            description = "The same bytes each time, with `ETag`; `HEAD` and `Range` work, so that readers of Parquet"
                    + " fetch only the columns they need")
    @ApiResponse(
            responseCode = "200",
            description = "The file, or with a `Range` of bytes that part of it (206)",
            content =
                    @Content(
                            mediaType = "application/vnd.apache.parquet",
                            schema = @Schema(type = "string", format = "binary")))
    ResponseEntity<Resource> parquet(
            @Parameter(example = "late_departures@v1") @PathVariable String dataset,
            @Parameter(description = SPLIT) @RequestParam(required = false) @Nullable String split,
            @Parameter(hidden = true) @RequestHeader HttpHeaders headers,
            @Parameter(hidden = true) HttpMethod method) {
        var found = datasets.get(DatasetVersion.Reference.parse(dataset));
        var file = datasets.file(found, split == null ? "" : split);
        var tag = "\"" + file.sha256() + "\"";
        var range = method == HttpMethod.GET ? range(headers, tag) : Optional.<HttpRange>empty();
        if (range.filter(part -> part.getRangeStart(file.size()) >= file.size()).isPresent()) {
            return ResponseEntity.status(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
                    .header(HttpHeaders.CONTENT_RANGE, "bytes */" + file.size())
                    .build();
        }
        var answer = ResponseEntity.ok()
                .eTag(tag)
                .header(HttpHeaders.ACCEPT_RANGES, "bytes")
                .contentType(MediaType.parseMediaType(ResultFormat.PARQUET.mediaType()))
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment()
                                .filename(stem(found, split) + ".parquet")
                                .build()
                                .toString())
                .contentLength(file.size());
        if (method == HttpMethod.HEAD) {
            return answer.build();
        }
        return answer.body(range.isPresent() ? new StoredResource(file) : new InputStreamResource(files.open(file)));
    }

    /**
     * The part that is asked for; empty where the whole file is, or has to be: it has changed, or what is asked for is
     * several parts or no range of bytes.
     */
    private static Optional<HttpRange> range(HttpHeaders headers, String tag) {
        var asked = headers.getFirst(HttpHeaders.RANGE);
        var ifRange = headers.getFirst(HttpHeaders.IF_RANGE);
        if (asked == null || (ifRange != null && !ifRange.equals(tag))) {
            return Optional.empty();
        }
        try {
            var ranges = HttpRange.parseRanges(asked);
            return ranges.size() == 1 ? Optional.of(ranges.getFirst()) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A file of which Spring sends the part that the request asks for. */
    private final class StoredResource extends AbstractResource {

        private final DatasetFiles.StoredFile file;

        StoredResource(DatasetFiles.StoredFile file) {
            this.file = file;
        }

        @Override
        public long contentLength() {
            return file.size();
        }

        @Override
        public String getDescription() {
            return "training dataset file " + file.id();
        }

        @Override
        public InputStream getInputStream() {
            return files.open(file);
        }
    }

    @GetMapping("/rows.csv")
    @Operation(operationId = "getTrainingDatasetCsv", summary = "Get the rows as CSV")
    @ApiResponse(
            responseCode = "200",
            description = "RFC 4180 with a header",
            content = @Content(mediaType = "text/csv", schema = @Schema(type = "string")))
    void csv(
            @Parameter(example = "late_departures@v1") @PathVariable String dataset,
            @Parameter(description = SPLIT) @RequestParam(required = false) @Nullable String split,
            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response)
            throws IOException, SQLException {
        convert(dataset, split, ResultFormat.CSV, false, request, response);
    }

    @GetMapping("/rows.ndjson")
    @Operation(operationId = "getTrainingDatasetNdjson", summary = "Get the rows as NDJSON")
    @ApiResponse(
            responseCode = "200",
            description = "A JSON object a line",
            content = @Content(mediaType = "application/x-ndjson", schema = @Schema(type = "string")))
    void ndjson(
            @Parameter(example = "late_departures@v1") @PathVariable String dataset,
            @Parameter(description = SPLIT) @RequestParam(required = false) @Nullable String split,
            @Parameter(description = Int64Option.DESCRIPTION) @RequestParam(required = false) @Nullable String int64,
            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response)
            throws IOException, SQLException {
        convert(dataset, split, ResultFormat.NDJSON, Int64Option.requireText(int64), request, response);
    }

    @GetMapping("/rows.arrow")
    @Operation(operationId = "getTrainingDatasetArrow", summary = "Get the rows as an Arrow stream")
    @ApiResponse(
            responseCode = "200",
            description = "Arrow's IPC streaming format: the schema, then record batches of bounded size",
            content =
                    @Content(
                            mediaType = "application/vnd.apache.arrow.stream",
                            schema = @Schema(type = "string", format = "binary")))
    void arrow(
            @Parameter(example = "late_departures@v1") @PathVariable String dataset,
            @Parameter(description = SPLIT) @RequestParam(required = false) @Nullable String split,
            @Parameter(hidden = true) HttpServletRequest request,
            @Parameter(hidden = true) HttpServletResponse response)
            throws IOException, SQLException {
        convert(dataset, split, ResultFormat.ARROW, false, request, response);
    }

    private void convert(
            String dataset,
            @Nullable String split,
            ResultFormat format,
            boolean int64AsText,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException, SQLException {
        var found = datasets.get(DatasetVersion.Reference.parse(dataset));
        var file = datasets.file(found, split == null ? "" : split);
        var rows = new RowsResponse(request, response, stem(found, split), format);
        if (HttpMethod.HEAD.matches(request.getMethod())) {
            rows.describe();
            return;
        }
        rows.write(target -> downloads.convert(found, file, format, int64AsText, target));
    }

    private static String stem(Dataset dataset, @Nullable String split) {
        var stem = dataset.version().name() + "_v" + dataset.version().version();
        return split == null ? stem : stem + "_" + split;
    }

    @GetMapping(value = "/sql", produces = "text/plain;charset=utf-8")
    @Operation(
            operationId = "getTrainingDatasetSql",
            summary = "Get the SQL of a training dataset",
            description = "One statement that, as the reader in psql, gives the same rows, whatever was accepted since."
                    + " On-demand features are not computed in SQL: it gives what they are computed from, and begins"
                    + " with comments that name them and their expressions")
    @ApiResponse(
            responseCode = "200",
            description = "A select",
            content =
                    @Content(
                            mediaType = "text/plain",
                            schema = @Schema(type = "string"),
                            examples = @ExampleObject(TrainingDatasetDocs.SQL)))
    String sql(
            @Parameter(example = "late_departures@v1") @PathVariable String dataset,
            @Parameter(description = SPLIT) @RequestParam(required = false) @Nullable String split) {
        var found = datasets.requireDone(datasets.get(DatasetVersion.Reference.parse(dataset)));
        return downloads.sql(found, Optional.ofNullable(split).map(found.spec()::split)) + ";\n";
    }

    @GetMapping("/manifest")
    @Operation(
            operationId = "getTrainingDatasetManifest",
            summary = "Get what a training dataset was made from, and what came out",
            description =
                    "Exact versions and hashes of definitions, the spine, the batches that were seen, statistics of"
                            + " each column, and the hash of the content, which doesn't depend on the format")
    DatasetManifest manifest(@Parameter(example = "late_departures@v1") @PathVariable String dataset) {
        return datasets.manifest(datasets.get(DatasetVersion.Reference.parse(dataset)));
    }

    @GetMapping("/leakage-report")
    @Operation(
            operationId = "getTrainingDatasetLeakageReport",
            summary = "Get the leakage report of a training dataset",
            description = "Also of one that was refused for it")
    LeakageReport leakageReport(@Parameter(example = "late_departures@v1") @PathVariable String dataset) {
        return datasets.leakageReport(datasets.get(DatasetVersion.Reference.parse(dataset)));
    }
}
