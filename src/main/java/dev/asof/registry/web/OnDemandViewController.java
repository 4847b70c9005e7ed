package dev.asof.registry.web;

import dev.asof.http.RouteWords;
import dev.asof.registry.DefinitionKind;
import dev.asof.registry.OnDemandViewDefinition;
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
@RequestMapping("/api/v1/on-demand-feature-views")
@Tag(name = "On-demand feature views")
@RouteWords(
        one = "an on-demand feature view",
        many = "on-demand feature views",
        exampleName = "departure_delays",
        exampleBody = DefinitionDocs.ON_DEMAND_FEATURE_VIEW)
class OnDemandViewController extends DefinitionController {

    private final RegistryService registry;

    OnDemandViewController(DefinitionApi api, RegistryService registry) {
        super(DefinitionKind.ON_DEMAND_FEATURE_VIEW, api);
        this.registry = registry;
    }

    @PostMapping("/{name}/versions/{version}/promote")
    @Operation(
            operationId = "promoteOnDemandFeatureViewVersion",
            summary = "Promote a version",
            description = "Make a ready version the one that the bare name means")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> promote(@PathVariable String name, @Parameter(example = "1") @PathVariable int version) {
        registry.promoteOnDemand(viewVersion(name, version));
        return version(name, version);
    }

    @PostMapping("/{name}/versions/{version}/retire")
    @Operation(
            operationId = "retireOnDemandFeatureViewVersion",
            summary = "Retire a version",
            description = "Stop computing a version that is neither current nor pinned; what it reads is free again")
    @DefinitionDocs.AnswersDefinition
    Map<String, Object> retire(@PathVariable String name, @Parameter(example = "1") @PathVariable int version) {
        registry.retireOnDemand(viewVersion(name, version));
        return version(name, version);
    }

    private ViewVersion viewVersion(String name, int version) {
        var stored = registry.catalog().get(DefinitionKind.ON_DEMAND_FEATURE_VIEW, name, version);
        return new ViewVersion(((OnDemandViewDefinition) stored.definition()).name(), stored.version());
    }
}
