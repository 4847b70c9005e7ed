package dev.asof.registry.web;

import dev.asof.http.RouteWords;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.FeatureViewDefinition;
import dev.asof.registry.planning.RegistryService;
import dev.asof.shared.ViewVersion;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Map;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/feature-views")
@Tag(name = "Feature views")
@RouteWords(
        one = "a feature view",
        many = "feature views",
        exampleName = "departures",
        exampleBody = DefinitionDocs.FEATURE_VIEW)
class FeatureViewController extends DefinitionController {

    private final RegistryService registry;

    FeatureViewController(DefinitionApi api, RegistryService registry) {
        super(DefinitionKind.FEATURE_VIEW, api);
        this.registry = registry;
    }

    @PostMapping("/{name}/versions/{version}/promote")
    @Operation(
            operationId = "promoteFeatureViewVersion",
            summary = "Promote a version",
            description = "Make a ready version the one that the bare name means")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> promote(@PathVariable String name, @Parameter(example = "1") @PathVariable int version) {
        registry.promote(viewVersion(name, version));
        return version(name, version);
    }

    @PostMapping("/{name}/versions/{version}/retire")
    @Operation(
            operationId = "retireFeatureViewVersion",
            summary = "Retire a version",
            description = "Stop feeding and serving a version that is neither current nor pinned")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> retire(@PathVariable String name, @Parameter(example = "1") @PathVariable int version) {
        registry.retire(viewVersion(name, version));
        return version(name, version);
    }

    private ViewVersion viewVersion(String name, int version) {
        var stored = registry.catalog().get(DefinitionKind.FEATURE_VIEW, name, version);
        return new ViewVersion(((FeatureViewDefinition) stored.definition()).name(), stored.version());
    }
}
