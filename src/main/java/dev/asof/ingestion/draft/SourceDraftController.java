package dev.asof.ingestion.draft;

import dev.asof.formats.RowFormat;
import dev.asof.formats.TableReaders;
import dev.asof.ingestion.batch.RowsExamples;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.HeavyWork;
import dev.asof.shared.Names;
import dev.asof.shared.Violation;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Tag(name = "Sources")
class SourceDraftController {

    private static final MediaType YAML = MediaType.parseMediaType("application/yaml");

    private final TableReaders readers;
    private final HeavyWork heavy;

    SourceDraftController(TableReaders readers, HeavyWork heavy) {
        this.readers = readers;
        this.heavy = heavy;
    }

    @PostMapping(
            value = "/api/v1/sources/draft",
            produces = {"application/yaml", MediaType.APPLICATION_JSON_VALUE})
    @Operation(
            operationId = "draftSource",
            summary = "Draft a source from a sample file",
            description = "Infers columns, types, null tokens and the event timestamp from the first 100,000 rows of "
                    + "CSV, NDJSON, JSON or Parquet. Nothing is stored. Answers YAML to correct and apply, or with "
                    + "'Accept: application/json' the definition and the notes.",
            requestBody =
                    @RequestBody(
                            required = true,
                            content = {
                                @Content(
                                        mediaType = "text/csv",
                                        schema = @Schema(type = "string"),
                                        examples = @ExampleObject(RowsExamples.CSV)),
                                @Content(mediaType = "application/x-ndjson", schema = @Schema(type = "string")),
                                @Content(mediaType = "application/json", schema = @Schema(type = "object")),
                                @Content(
                                        mediaType = "application/vnd.apache.parquet",
                                        schema = @Schema(type = "string", format = "binary"))
                            }))
    @ApiResponse(
            responseCode = "200",
            description = "The draft",
            content = {
                @Content(mediaType = "application/yaml", schema = @Schema(type = "object")),
                @Content(mediaType = "application/json", schema = @Schema(implementation = SourceDraft.class))
            })
    ResponseEntity<?> draft(
            @RequestParam(defaultValue = "my_source") String name,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept,
            @Parameter(hidden = true) HttpServletRequest request)
            throws IOException {
        if (!Names.isValid(name)) {
            throw AsofException.invalid(
                    "The name can't be used",
                    List.of(Violation.of(
                            "name", "bad_name", "'%s' is not a valid name: use %s".formatted(name, Names.rule()))));
        }
        var format = RowFormat.ofContentType(String.valueOf(request.getContentType()))
                .orElseThrow(() -> new AsofException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "Send the sample as text/csv, application/x-ndjson, application/json or "
                                + "application/vnd.apache.parquet, not as " + request.getContentType()));
        try (var reader = readers.open(format, request.getInputStream())) {
            var draft = heavy.run("Reading the sample", () -> SourceDraft.infer(name, format, reader));
            return wantsJson(accept)
                    ? ResponseEntity.ok()
                            .contentType(MediaType.APPLICATION_JSON)
                            .body(draft)
                    : ResponseEntity.ok().contentType(YAML).body(SourceDraftYaml.of(draft));
        }
    }

    private static boolean wantsJson(@Nullable String accept) {
        return accept != null && accept.contains("json") && !accept.contains("yaml");
    }
}
