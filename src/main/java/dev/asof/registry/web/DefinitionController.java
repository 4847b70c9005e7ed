package dev.asof.registry.web;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.web.DefinitionAnswers.ListAnswer;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The routes that all kinds of definition have. Each kind's controller inherits them below its own path, says with
 * {@link dev.asof.http.RouteWords} what stands in braces here, and adds what only its kind can do.
 */
abstract class DefinitionController {

    private final DefinitionKind kind;
    private final DefinitionApi api;

    DefinitionController(DefinitionKind kind, DefinitionApi api) {
        this.kind = kind;
        this.api = api;
    }

    @GetMapping
    @Operation(
            operationId = "list{Many}",
            summary = "List {many}",
            description = "In the order of their names. Filters go together: tag is key or key:value, text is looked "
                    + "for in names and descriptions")
    ListAnswer list(
            @RequestParam(name = "tag", required = false) @Nullable List<String> tags,
            @RequestParam(required = false) @Nullable String owner,
            @RequestParam(required = false) @Nullable String text,
            @RequestParam(name = "page_size", required = false) @Nullable Integer pageSize,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        return api.list(kind, new DefinitionFilter(tags, owner, text), pageSize, pageToken);
    }

    @PutMapping(
            value = "/{name}",
            consumes = {"application/yaml", "application/x-yaml", "text/yaml", "application/json"})
    @Operation(
            operationId = "put{One}",
            summary = "Define or change {one}",
            description = "A name that is new is created; the same meaning again changes nothing; another meaning is "
                    + "the next version. With dry_run only planned; with Accept: text/plain to read.",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = {
                                @Content(mediaType = "application/yaml", schema = @Schema(type = "string")),
                                @Content(mediaType = "application/json", schema = @Schema(type = "object"))
                            }))
    @DefinitionDocs.AnswersPlanOrCreated
    ResponseEntity<?> put(
            @PathVariable String name,
            @RequestBody byte[] body,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.put(kind, name, body, dryRun, accept);
    }

    @GetMapping("/{name}")
    @Operation(
            operationId = "get{One}",
            summary = "Get {one}",
            description = "Its newest version; with Accept: application/yaml as it is written")
    @DefinitionDocs.AnswersDefinitionOrYaml
    ResponseEntity<?> get(
            @PathVariable String name,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.get(kind, name, accept);
    }

    @DeleteMapping("/{name}")
    @Operation(operationId = "delete{One}", summary = "Delete {one} that nothing depends on")
    @DefinitionDocs.AnswersPlan
    ResponseEntity<?> delete(
            @PathVariable String name,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.delete(kind, name, dryRun, accept);
    }

    @GetMapping("/{name}/versions")
    @Operation(operationId = "list{One}Versions", summary = "List the versions of {one}, newest first")
    ListAnswer versions(@PathVariable String name) {
        return api.versions(kind, name);
    }

    @GetMapping("/{name}/versions/{version}")
    @Operation(operationId = "get{One}Version", summary = "Get one version of {one}")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> version(@PathVariable String name, @Parameter(example = "1") @PathVariable int version) {
        return api.version(kind, name, version);
    }
}
