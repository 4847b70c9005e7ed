package dev.asof.registry.web;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/definitions")
@Tag(name = "Definitions")
class BundleController {

    private final DefinitionApi api;

    BundleController(DefinitionApi api) {
        this.api = api;
    }

    @PostMapping(consumes = {"application/yaml", "application/x-yaml", "text/yaml", "application/json"})
    @Operation(
            summary = "Apply a bundle of definitions",
            description = "All of it or, with any problem, none. Answers the plan as JSON, or to read with "
                    + "Accept: text/plain. dry_run only plans; prune deletes what the bundle doesn't name.",
            operationId = "applyDefinitions",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = {
                                @Content(
                                        mediaType = "application/yaml",
                                        schema = @Schema(type = "string"),
                                        examples = @ExampleObject(DefinitionDocs.BUNDLE)),
                                @Content(mediaType = "application/json", schema = @Schema(type = "object"))
                            }))
    @DefinitionDocs.AnswersPlan
    ResponseEntity<?> apply(
            @RequestBody byte[] bundle,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestParam(defaultValue = "false") boolean prune,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.apply(bundle, dryRun, prune, accept);
    }
}
