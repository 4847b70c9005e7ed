package dev.asof.registry;

import dev.asof.registry.DefinitionAnswers.ListAnswer;
import dev.asof.registry.DefinitionAnswers.PlanAnswer;
import dev.asof.shared.ViewVersion;
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
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/feature-views")
@Tag(name = "Feature views")
class FeatureViewController {

    private static final DefinitionKind KIND = DefinitionKind.FEATURE_VIEW;

    private final DefinitionApi api;
    private final RegistryService registry;

    FeatureViewController(DefinitionApi api, RegistryService registry) {
        this.api = api;
        this.registry = registry;
    }

    @GetMapping
    @Operation(summary = "List feature views")
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
            summary = "Define or change a feature view",
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
    @Operation(summary = "Get a feature view as JSON, or as it is written with Accept: application/yaml")
    ResponseEntity<?> get(
            @PathVariable String name,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        return api.get(KIND, name, accept);
    }

    @DeleteMapping("/{name}")
    @Operation(summary = "Delete a feature view that nothing depends on")
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
    @Operation(summary = "List the versions of a feature view, newest first")
    ListAnswer versions(@PathVariable String name) {
        return api.versions(KIND, name);
    }

    @GetMapping("/{name}/versions/{version}")
    @Operation(summary = "Get one version of a feature view")
    Map<String, Object> version(@PathVariable String name, @PathVariable int version) {
        return api.version(KIND, name, version);
    }

    @PostMapping("/{name}/versions/{version}/promote")
    @Operation(summary = "Make a ready version the one that the bare name means")
    Map<String, Object> promote(@PathVariable String name, @PathVariable int version) {
        registry.promote(viewVersion(name, version));
        return api.version(KIND, name, version);
    }

    @PostMapping("/{name}/versions/{version}/retire")
    @Operation(summary = "Stop feeding and serving a version that is neither current nor pinned")
    Map<String, Object> retire(@PathVariable String name, @PathVariable int version) {
        registry.retire(viewVersion(name, version));
        return api.version(KIND, name, version);
    }

    private ViewVersion viewVersion(String name, int version) {
        var stored = registry.catalog().get(KIND, name, version);
        return new ViewVersion(((FeatureViewDefinition) stored.definition()).name(), stored.version());
    }
}
