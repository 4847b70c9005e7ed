package dev.asof.ingestion.batch;

import dev.asof.formats.RowFormat;
import dev.asof.http.Caller;
import dev.asof.http.ReceivedContent;
import dev.asof.shared.AsofException;
import dev.asof.shared.ErrorCode;
import dev.asof.shared.SourceName;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Accepts rows over HTTP. */
@RestController
@RequestMapping("/api/v1/sources/{name}")
@Tag(name = "Rows")
class RowsController {

    private static final int MAX_KEY_LENGTH = 255;

    private final RowIngestion ingestion;

    RowsController(RowIngestion ingestion) {
        this.ingestion = ingestion;
    }

    @PostMapping("/rows")
    @Operation(
            operationId = "acceptRows",
            summary = "Accept rows",
            description = """
                One batch: all good rows are durable when the answer comes, bad ones are in quarantine. A batch of \
                100 rows or more with too many bad ones (the contract's max_invalid_ratio) is refused whole. Send \
                an Idempotency-Key to be able to repeat the request safely within 24 hours.\
                """,
            requestBody =
                    @RequestBody(
                            required = true,
                            content = {
                                @Content(
                                        mediaType = "application/json",
                                        schema = @Schema(type = "object"),
                                        examples = @ExampleObject(value = RowsExamples.JSON)),
                                @Content(
                                        mediaType = "application/x-ndjson",
                                        schema = @Schema(type = "string"),
                                        examples = @ExampleObject(value = RowsExamples.NDJSON)),
                                @Content(
                                        mediaType = "text/csv",
                                        schema = @Schema(type = "string"),
                                        examples = @ExampleObject(value = RowsExamples.CSV)),
                                @Content(
                                        mediaType = "application/vnd.apache.parquet",
                                        schema = @Schema(type = "string", format = "binary"))
                            }))
    BatchAnswer accept(
            @Parameter(example = "flights") @PathVariable String name,
            @RequestHeader(value = "Idempotency-Key", required = false) @Nullable String idempotencyKey,
            @Parameter(hidden = true) Caller caller,
            @Parameter(hidden = true) HttpServletRequest request) {
        SourceName source = ingestion.known(name);
        RowFormat format = format(request.getContentType());
        var content = (ReceivedContent) Objects.requireNonNull(request.getAttribute(ReceivedContent.ATTRIBUTE));
        return ingestion.accept(source, format, new ReceivedBody(content), caller, checked(idempotencyKey));
    }

    private static RowFormat format(@Nullable String contentType) {
        return Optional.ofNullable(contentType)
                .flatMap(RowFormat::ofContentType)
                .orElseThrow(() -> new AsofException(
                        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                        "%s: use %s"
                                .formatted(
                                        contentType == null
                                                ? "The request has no Content-Type"
                                                : "The Content-Type '%s' is not read here".formatted(contentType),
                                        Arrays.stream(RowFormat.values())
                                                .map(RowFormat::mediaType)
                                                .collect(Collectors.joining(", ")))));
    }

    private static Optional<String> checked(@Nullable String idempotencyKey) {
        if (idempotencyKey == null) {
            return Optional.empty();
        }
        if (idempotencyKey.isBlank() || idempotencyKey.length() > MAX_KEY_LENGTH) {
            throw new AsofException(
                    ErrorCode.MALFORMED_REQUEST,
                    "Idempotency-Key must have 1 to %s characters".formatted(MAX_KEY_LENGTH));
        }
        return Optional.of(idempotencyKey);
    }
}
