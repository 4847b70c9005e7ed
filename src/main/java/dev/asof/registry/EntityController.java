package dev.asof.registry;

import dev.asof.registry.DefinitionAnswers.ListAnswer;
import dev.asof.registry.DefinitionAnswers.PlanAnswer;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
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
    @Operation(summary = "List entities")
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
            summary = "Define or change an entity",
            description = "Answers the plan: what changed, or would with dry_run")
    @ApiResponse(responseCode = "201", description = "Created")
    @ApiResponse(
            responseCode = "200",
            description = "Changed, unchanged, or a dry run",
            content = @Content(schema = @Schema(implementation = PlanAnswer.class)))
    ResponseEntity<?> put(
            @PathVariable String name,
            @RequestBody byte[] body,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.put(KIND, name, body, dryRun, accept);
    }

    @GetMapping("/{name}")
    @Operation(summary = "Get an entity as JSON, or as it is written with Accept: application/yaml")
    ResponseEntity<?> get(
            @PathVariable String name,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.get(KIND, name, accept);
    }

    @DeleteMapping("/{name}")
    @Operation(summary = "Delete an entity that nothing depends on")
    @ApiResponse(
            responseCode = "200",
            description = "Deleted, or a dry run",
            content = @Content(schema = @Schema(implementation = PlanAnswer.class)))
    ResponseEntity<?> delete(
            @PathVariable String name,
            @RequestParam(name = "dry_run", defaultValue = "false") boolean dryRun,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.delete(KIND, name, dryRun, accept);
    }

    @GetMapping("/{name}/versions")
    @Operation(summary = "List the versions of an entity, newest first")
    ListAnswer versions(@PathVariable String name) {
        return api.versions(KIND, name);
    }

    @GetMapping("/{name}/versions/{version}")
    @Operation(summary = "Get one version of an entity")
    Map<String, Object> version(@PathVariable String name, @PathVariable int version) {
        return api.version(KIND, name, version);
    }
}
