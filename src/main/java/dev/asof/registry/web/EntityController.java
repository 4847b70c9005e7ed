package dev.asof.registry.web;

import dev.asof.registry.DefinitionKind;
import dev.asof.registry.web.DefinitionAnswers.ListAnswer;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
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
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/entities")
@Tag(name = "Entities")
class EntityController {

    private static final DefinitionKind KIND = DefinitionKind.ENTITY;

    private final DefinitionApi api;

    EntityController(DefinitionApi api) {
        this.api = api;
    }

    @GetMapping
    @Operation(
            operationId = "listEntities",
            summary = "List entities",
            description = "In the order of their names. Filters go together: tag is key or key:value, text is looked "
                    + "for in names and descriptions")
    ListAnswer list(
            @RequestParam(name = "tag", required = false) @Nullable List<String> tags,
            @RequestParam(required = false) @Nullable String owner,
            @RequestParam(required = false) @Nullable String text,
            @RequestParam(name = "page_size", required = false) @Nullable Integer pageSize,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        return api.list(KIND, new DefinitionFilter(tags, owner, text), pageSize, pageToken);
    }

    @PutMapping(
            value = "/{name}",
            consumes = {"application/yaml", "application/x-yaml", "text/yaml", "application/json"})
    @Operation(
            operationId = "putEntity",
            summary = "Define or change an entity",
            description = "A name that is new is created; the same meaning again changes nothing; another meaning is "
                    + "the next version. With dry_run only planned; with Accept: text/plain to read.",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = {
                                @Content(
                                        mediaType = "application/yaml",
                                        schema = @Schema(type = "string"),
                                        examples = @ExampleObject(DefinitionDocs.ENTITY)),
                                @Content(mediaType = "application/json", schema = @Schema(type = "object"))
                            }))
    @DefinitionDocs.AnswersPlanOrCreated
    ResponseEntity<?> put(
            @Parameter(example = "airport") @PathVariable String name,
            @RequestBody byte[] body,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.put(KIND, name, body, dryRun, accept);
    }

    @GetMapping("/{name}")
    @Operation(
            operationId = "getEntity",
            summary = "Get an entity",
            description = "Its newest version; with Accept: application/yaml as it is written")
    @DefinitionDocs.AnswersDefinitionOrYaml
    ResponseEntity<?> get(
            @Parameter(example = "airport") @PathVariable String name,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.get(KIND, name, accept);
    }

    @DeleteMapping("/{name}")
    @Operation(operationId = "deleteEntity", summary = "Delete an entity that nothing depends on")
    @DefinitionDocs.AnswersPlan
    ResponseEntity<?> delete(
            @Parameter(example = "airport") @PathVariable String name,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.delete(KIND, name, dryRun, accept);
    }

    @GetMapping("/{name}/versions")
    @Operation(operationId = "listEntityVersions", summary = "List the versions of an entity, newest first")
    ListAnswer versions(@Parameter(example = "airport") @PathVariable String name) {
        return api.versions(KIND, name);
    }

    @GetMapping("/{name}/versions/{version}")
    @Operation(operationId = "getEntityVersion", summary = "Get one version of an entity")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> version(
            @Parameter(example = "airport") @PathVariable String name,
            @Parameter(example = "1") @PathVariable int version) {
        return api.version(KIND, name, version);
    }
}
